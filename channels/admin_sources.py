"""Sources of channels in the admin: the Flussonic server, and lists with what became of their imports."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from channels.admin_deletion import CountedDeletionAdmin
from channels.admin_pages import confirm_page
from channels.admin_source_columns import SourceColumns, run_mark
from channels.admin_source_form import ListForm, NewListForm, SourceForm
from channels.models import Channel, ImportRun, Source, count_of
from channels.sources import apply_delivery, new_slug, tells_logins
from integrations.runs import alone
from integrations.sources.asking import NothingToRead, ask
from integrations.sources.deleting import delete_lists
from integrations.sources.importing import LOCK, ImportBusy
from integrations.tasks import start_sources
from subscribers.cascades import cascade_of_channels

RUNS_SHOWN = 10
SETTINGS, KEPT, LIST = ("name", "description"), ("delivery", "refresh_hours"), ("text", "upload", "address")
FACTS = ("state", "where", "channels", "imported", "next_refresh", "begins_with", "identity_shown", "mapping_shown")


@admin.register(Source)
class SourceAdmin(SourceColumns, CountedDeletionAdmin):
    heading = gettext_lazy("Sources of channels")
    empty_text = gettext_lazy("Channels come from a Flussonic server or from M3U lists: add a list.")
    list_display = ("name", "kind", "state", "channels", "delivered", "where", "imported", "next_refresh")
    list_filter = ("kind", "is_active")
    actions = ("delete_selected",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Source]":
        runs = ImportRun.objects.filter(source=OuterRef("pk"))
        sources: QuerySet[Source] = super().get_queryset(request)
        return sources.annotate(
            run=Subquery(runs.values("pk")[:1]),
            run_state=Subquery(runs.values("state")[:1]),
            synced=count_of(Channel.objects.synced(), "source"),
            orphaned=count_of(Channel.objects.orphaned(), "source"),
        )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs.setdefault("form", NewListForm if obj is None else ListForm if obj.is_list else SourceForm)
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Source | None = None) -> Any:
        if obj is None:
            return (
                (None, {"fields": SETTINGS}),
                (_("The list"), {"fields": LIST, "description": _("Give one of these.")}),
                (_("What becomes of it"), {"fields": ("known_by", *KEPT)}),
            )
        if not obj.is_list:
            return ((None, {"fields": SETTINGS}), (_("Channels"), {"fields": ("state", "channels")}))
        may_change = self.has_change_permission(request, obj)
        return (
            (None, {"fields": (*SETTINGS, *KEPT)}),
            *(((_("A newer list"), {"fields": LIST, "description": _("Give one of these.")}),) if may_change else ()),
            (_("As it is"), {"fields": _facts_of(obj)}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Source | None = None) -> Any:
        return (*FACTS, "streams") if obj else ()

    def get_urls(self) -> list[URLPattern]:
        pages: list[tuple[str, Callable[..., HttpResponseBase]]] = [("refresh", self.refresh), ("switch", self.switch)]
        return [
            *(
                path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"channels_source_{name}")
                for name, view in pages
            ),
            *super().get_urls(),
        ]

    def has_delete_permission(self, request: HttpRequest, obj: Source | None = None) -> bool:
        return (obj is None or obj.is_list) and super().has_delete_permission(request, obj)

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.kind, obj.slug = Source.Kind.M3U, new_slug(obj.name)
        super().save_model(request, obj, form, change)
        if not obj.is_list:
            return
        if change and "delivery" in form.changed_data:
            apply_delivery(obj)
        if change and "refresh_hours" in form.changed_data:
            Source.objects.filter(pk=obj.pk).update(next_at=_next_refresh(obj))
        if change and form.cleaned_data.get("url"):
            # What is known of a version is known of the address before.
            Source.objects.filter(pk=obj.pk).update(etag="", last_modified="", content_hash="", next_at=None)
        given = form.given_list()
        if given or form.cleaned_data.get("url"):
            file, file_name = given or (None, "")
            ask(obj, request.user.get_username(), only_look=True, file=file, file_name=file_name)
            transaction.on_commit(start_sources)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Try a second time where another request took the name or the slug: now the form sees which."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError:
            return super().changeform_view(request, object_id, form_url, extra_context)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().add_view(request, form_url, {"title": _("Add a list"), **(extra_context or {})})

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return _page_of_run(obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return _page_of_run(obj) or super().response_change(request, obj)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        source = Source.objects.lists().filter(pk=object_id).first() if object_id.isdecimal() else None
        more = {"runs": _last_runs(source), "tells_logins": tells_logins(source)} if source else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    @method_decorator(require_POST)
    def refresh(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have the worker import the list now, or look at it anew, and lead to the page that shows how far it is."""
        source = self._list(request, pk)
        try:
            run = ask(source, request.user.get_username(), only_look="look" in request.POST)
        except NothingToRead:
            messages.warning(request, _("There is no list yet: paste it, upload a file, or give its address."))
            return redirect("admin:channels_source_change", pk)
        transaction.on_commit(start_sources)
        return redirect("admin:channels_importrun_change", run.pk)

    def switch(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let the channels of a source be delivered to nobody, or again; ask before."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        source = Source.objects.filter(pk=pk).first()
        if source is None:
            raise Http404
        wanted = request.POST.get("active")
        if request.method == "POST" and wanted in ("on", "off"):
            if source.is_active != (wanted == "on"):
                source.is_active = not source.is_active
                source.save(update_fields=["is_active", "updated_at"])
                self.log_change(request, source, [{"changed": {"fields": ["active"]}}])
            done = _("Its channels are delivered again.") if source.is_active else _("Nobody gets its channels now.")
            messages.success(request, done)
            return redirect("admin:channels_source_change", pk)
        if source.is_active:
            title, button = _("Switch off “%(source)s”?"), _("Switch off")
            text = _("Nobody gets its channels any more, until you switch it on again.")
        else:
            title, button = _("Switch on “%(source)s”?"), _("Switch on")
            text = _("Its channels are delivered again to everyone who has them.")
        return confirm_page(
            self,
            request,
            title=title % {"source": source},
            text=text,
            lists=[(_("What that touches"), _touched_in_words(_("Channels: %(number)s"), [pk]))],
            button=button,
            cancel_url=reverse("admin:channels_source_change", args=[pk]),
            fields={"active": "off" if source.is_active else "on"},
            about=source,
        )

    def touched_by_deleting(self, ids: list[int]) -> list[str]:
        return _touched_in_words(_("Channels deleted: %(number)s"), ids)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Delete under the lock of imports, which has to outlast the transaction."""
        if request.method != "POST":
            return super().delete_view(request, object_id, extra_context)
        try:
            with alone(LOCK, ImportBusy()):
                return super().delete_view(request, object_id, extra_context)
        except ImportBusy:
            messages.error(request, _("A list is being imported at this moment: wait for its end, then delete."))
            return redirect("admin:channels_source_changelist")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_lists([obj])

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        delete_lists(list(queryset))

    @admin.action(description=gettext_lazy("Delete…"), permissions=["delete"])
    def delete_selected(self, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse | None:
        if queryset.exclude(kind=Source.Kind.M3U).exists():
            self.message_user(request, _("Only lists can be deleted. Nothing was deleted."), messages.ERROR)
            return None
        try:
            with alone(LOCK, ImportBusy()), transaction.atomic():
                return super().delete_selected(request, queryset)
        except ImportBusy:
            busy = _("A list is being imported at this moment: wait for its end, then delete.")
            self.message_user(request, busy, messages.ERROR)
            return None

    def _list(self, request: HttpRequest, pk: int) -> Source:
        if not self.has_change_permission(request):
            raise PermissionDenied
        source = Source.objects.lists().filter(pk=pk).first()
        if source is None:
            raise Http404
        return source


def _touched_in_words(channels_in_words: str, ids: list[int]) -> list[str]:
    channels = Channel.objects.filter(source__in=ids).order_by()
    cascade = cascade_of_channels(channels.values("pk"))
    return [
        channels_in_words % {"number": channels.count()},
        _("Packages affected: %(number)s") % {"number": cascade.packages},
        _("Subscribers affected: %(number)s") % {"number": cascade.subscribers},
    ]


def _next_refresh(source: Source) -> datetime | None:
    if not (source.refresh_hours and source.imported_at):
        return None
    due: datetime = source.imported_at + timedelta(hours=source.refresh_hours)
    return due


def _facts_of(source: Source) -> tuple[str, ...]:
    return (*FACTS, "streams") if source.delivery == Source.Delivery.RESTREAM else FACTS


def _last_runs(source: Source) -> list[ImportRun]:
    runs = list(source.runs.defer("plan")[:RUNS_SHOWN])
    for run in runs:
        run.mark = run_mark(run.state)  # type: ignore[attr-defined]
    return runs


def _page_of_run(source: Source) -> HttpResponse | None:
    run = source.runs.waiting().first()
    return redirect("admin:channels_importrun_change", run.pk) if run else None
