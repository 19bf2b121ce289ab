"""The guide in the admin: its sources with what they come to, and the records of their refreshes."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from channels.admin_base import RecordAdmin
from channels.admin_deletion import CountedDeletionAdmin
from channels.admin_display import Tone, ago, link, mark
from channels.admin_guide_form import GuideSourceForm
from channels.admin_guide_match import match_page
from channels.guide_feeds import keep_feed
from channels.models import GuideProgramme, GuideRun, GuideSource
from integrations.tasks import start_guide
from playlist_project.health import worker_heartbeat_age

WORKER_SILENT = 60.0  # seconds
TONES: dict[str, Tone] = {"done": "good", "unchanged": "good", "failed": "bad"}
RUNS_SHOWN = 10
LONGEST_REASON = 120


@admin.register(GuideSource)
class GuideSourceAdmin(CountedDeletionAdmin):
    heading = gettext_lazy("Guide (EPG)")
    empty_text = gettext_lazy("The guide comes from XMLTV feeds: add a source with an address, or upload a file.")
    form = GuideSourceForm
    list_display = ("name", "where", "priority", "ours", "kept", "refreshed", "next_refresh")
    list_filter = ("is_active",)
    actions = ("delete_selected",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[GuideSource]":
        runs = GuideRun.objects.filter(source=OuterRef("pk"))
        done = runs.filter(state=GuideRun.State.DONE)
        sources: QuerySet[GuideSource] = super().get_queryset(request)
        return sources.annotate(
            run_state=Subquery(runs.values("state")[:1]),
            run_error=Subquery(runs.values("error")[:1]),
            run_ours=Subquery(done.values("channels_ours")[:1]),
            run_named=Subquery(done.values("channels_named")[:1]),
            run_kept=Subquery(done.values("programmes_kept")[:1]),
        )

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        may_match = request.user.has_perm("channels.change_channel")

        @admin.display(description=gettext_lazy("state"))
        def state(source: Any) -> SafeString:
            return _state(source, may_match=may_match)

        name, *others = super().get_list_display(request)
        return [name, state, *others]

    def get_fields(self, request: HttpRequest, obj: GuideSource | None = None) -> Any:
        """Show the address as a whole to those alone who may change it: many hold a key."""
        if self.has_change_permission(request, obj) or obj is None:
            return ("name", "url", "upload", "refresh_hours", "sort_order", "is_active")
        return ("name", "where", "refresh_hours", "sort_order", "is_active")

    def get_readonly_fields(self, request: HttpRequest, obj: GuideSource | None = None) -> Any:
        return () if self.has_change_permission(request, obj) or obj is None else ("where",)

    def get_urls(self) -> list[URLPattern]:
        pages: list[tuple[str, Callable[..., HttpResponseBase], str]] = [
            ("<int:pk>/refresh/", self.refresh, "refresh"),
            ("match/", self.match, "match"),
        ]
        return [
            *(
                path(where, self.admin_site.admin_view(view), name=f"channels_guidesource_{name}")
                for where, view, name in pages
            ),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "url" in form.changed_data:
            # What is known of a version is known of the address before.
            GuideSource.objects.filter(pk=obj.pk).update(etag="", last_modified="", content_hash="", next_at=None)
        upload = form.cleaned_data.get("upload")
        if upload:
            keep_feed(obj, upload.file, file_name=(upload.name or "")[:255].replace("\0", ""), current=False)
        if upload or (obj.url and obj.is_active and "url" in form.changed_data):
            _ask_for_refresh(request, obj, forced=bool(upload))

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return _page_of_new_run(obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return _page_of_new_run(obj) or super().response_change(request, obj)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        runs = GuideRun.objects.filter(source=int(object_id))[:RUNS_SHOWN] if object_id.isdecimal() else ()
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "runs": runs})

    @method_decorator(require_POST)
    def refresh(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have the worker refresh the source now, and lead to the page that shows how far it is."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        source = GuideSource.objects.filter(pk=pk).first()
        if source is None:
            raise Http404
        if not source.url and not source.feeds.exists():
            messages.warning(request, _("There is no feed yet: give the source an address, or upload a file."))
            return redirect("admin:channels_guidesource_change", pk)
        run = source.runs.waiting().first() or _ask_for_refresh(request, source, forced="force" in request.POST)
        return redirect("admin:channels_guiderun_change", run.pk)

    def touched_by_deleting(self, ids: list[int]) -> list[str]:
        programmes = GuideProgramme.objects.filter(guide_channel__source__in=ids).count()
        return [_("Programmes deleted: %(number)s") % {"number": programmes}]

    def delete_model(self, request: HttpRequest, obj: GuideSource) -> None:
        self.delete_queryset(request, GuideSource.objects.filter(pk=obj.pk))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        # An import that is being written holds the source's row: whoever waits for it holds nothing that it needs.
        sources = GuideSource.objects.select_for_update().filter(pk__in=queryset.values("pk")).order_by("pk")
        super().delete_queryset(request, GuideSource.objects.filter(pk__in=[source.pk for source in sources]))

    def match(self, request: HttpRequest) -> HttpResponse:
        return match_page(self, request)

    @admin.display(description=gettext_lazy("address"))
    def where(self, source: GuideSource) -> str:
        return source.shown_url or _("uploaded files")

    @admin.display(description=gettext_lazy("priority"), ordering="sort_order")
    def priority(self, source: GuideSource) -> int:
        return source.sort_order

    @admin.display(description=gettext_lazy("our channels"))
    def ours(self, source: Any) -> str:
        if source.run_ours is None:
            return "–"
        return _("%(ours)s of %(named)s") % {"ours": source.run_ours, "named": source.run_named}

    @admin.display(description=gettext_lazy("programmes"))
    def kept(self, source: Any) -> str:
        return "–" if source.run_kept is None else str(source.run_kept)

    @admin.display(description=gettext_lazy("last success"), ordering="succeeded_at")
    def refreshed(self, source: GuideSource) -> SafeString:
        return ago(source.succeeded_at)

    @admin.display(description=gettext_lazy("next refresh"), ordering="next_at")
    def next_refresh(self, source: GuideSource) -> str:
        if not source.is_active or not (source.url or source.imported_for):
            return "–"
        if source.next_at is None or source.next_at <= timezone.now():
            return _("now")
        return date_format(timezone.localtime(source.next_at), "SHORT_DATETIME_FORMAT")


@admin.register(GuideRun)
class GuideRunAdmin(RecordAdmin):
    """Whoever sees the sources sees what became of them."""

    heading = gettext_lazy("Refreshes of the guide")
    empty_text = gettext_lazy("The guide was not refreshed yet: add a source.")
    list_display = ("started", "source", "result", "channels_ours", "programmes_kept", "skipped", "took", "by", "why")
    list_filter = ("state", "source")
    list_select_related = ("source",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("channels.view_guidesource")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("channels.view_guidesource")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.progress)
        return [path("<int:pk>/progress/", view, name="channels_guiderun_progress"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show how far a refresh is, or what it did."""
        run = self._found(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": str(run.source),
            "opts": self.opts,
            "heading": self.heading,
            "run": run,
            "text": progress_in_words(run),
            "may_refresh": request.user.has_perm("channels.change_guidesource"),
        }
        return TemplateResponse(request, "admin/channels/guiderun/run.html", context)

    @method_decorator([require_GET, never_cache])
    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Tell how far it is, for the page that shows it."""
        run = self._found(request, pk)
        return JsonResponse({"state": run.state, "text": progress_in_words(run)})

    @admin.display(description=gettext_lazy("started"), ordering="started_at")
    def started(self, run: GuideRun) -> SafeString:
        return ago(run.started_at)

    @admin.display(description=gettext_lazy("result"), ordering="state")
    def result(self, run: GuideRun) -> SafeString:
        matched_nothing = run.state == GuideRun.State.DONE and not run.channels_ours
        return mark("busy" if matched_nothing else TONES.get(run.state, "busy"), run.get_state_display())

    @admin.display(description=gettext_lazy("took"))
    def took(self, run: GuideRun) -> str:
        return f"{(run.finished_at - run.started_at).total_seconds():.1f} s" if run.finished_at else "–"

    @admin.display(description=gettext_lazy("asked by"), ordering="actor")
    def by(self, run: GuideRun) -> str:
        return run.actor or "–"

    @admin.display(description=gettext_lazy("error"))
    def why(self, run: GuideRun) -> str:
        return run.error

    def _found(self, request: HttpRequest, pk: str | int) -> GuideRun:
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = GuideRun.objects.select_related("source").filter(pk=pk).first() if str(pk).isdecimal() else None
        if run is None:
            raise Http404
        return run


def progress_in_words(run: GuideRun) -> str:
    words = {
        "megabytes": run.bytes_read // 1_000_000,
        "read": run.programmes_read,
        "kept": run.programmes_kept,
    }
    if run.state == GuideRun.State.FETCHING:
        return _("%(megabytes)s MB have come.") % words
    if run.state == GuideRun.State.IMPORTING:
        return _("%(read)s programmes are read, %(kept)s of them are of your channels.") % words
    age = worker_heartbeat_age(timezone.now())
    if age is None or age > WORKER_SILENT:
        return _("No worker is running: start it, and it goes on.")
    return _("Waiting for the worker.")


def _state(source: Any, *, may_match: bool) -> SafeString:
    """Return where a source stands; where its last refresh failed or was of use to nobody, also why."""
    if not source.is_active:
        return mark("off", _("inactive"))
    if source.run_state is None:
        return mark("off", _("never refreshed"))
    label = str(GuideRun.State(source.run_state).label)
    if TONES.get(source.run_state) == "good" and source.run_ours == 0:
        why = _("No channel of yours is matched.")
        match = link(reverse("admin:channels_guidesource_match"), _("Match channels…")) if may_match else ""
        return format_html('{}<span class="under">{} {}</span>', mark("busy", label), why, match)
    shown = mark(TONES.get(source.run_state, "busy"), label)
    if source.run_state != GuideRun.State.FAILED:
        return shown
    short = Truncator(source.run_error).chars(LONGEST_REASON)
    return format_html('{}<span class="under" title="{}">{}</span>', shown, source.run_error, short)


def _ask_for_refresh(request: HttpRequest, source: GuideSource, *, forced: bool) -> GuideRun:
    run: GuideRun = GuideRun.objects.create(source=source, actor=request.user.get_username(), forced=forced)
    transaction.on_commit(start_guide)
    return run


def _page_of_new_run(source: GuideSource) -> HttpResponse | None:
    run = source.runs.waiting().first()
    return redirect("admin:channels_guiderun_change", run.pk) if run else None
