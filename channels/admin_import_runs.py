"""Imports of lists in the admin: how far one is, what it would do, the decision of staff, what it did."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from channels.admin_base import RecordAdmin
from channels.admin_display import ago
from channels.admin_import_page import progress_in_words, rejects_file, run_context, undo_page
from channels.admin_mapping_form import MappingForm
from channels.admin_source_columns import run_mark
from channels.models import ImportRun
from integrations.sources import asking
from integrations.sources.importing import ImportBusy
from integrations.sources.undo import UndoRefused, added_by, undo
from integrations.tasks import start_sources


@admin.register(ImportRun)
class ImportRunAdmin(RecordAdmin):
    """Whoever sees the sources sees what became of their lists."""

    heading = gettext_lazy("Imports of lists")
    empty_text = gettext_lazy("No list was imported yet: add one on the page “Sources of channels”.")
    list_display = ("started", "source", "result", "total", "added", "changed", "gone", "rejected", "by", "why")
    list_filter = ("state", "source")
    list_select_related = ("source",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("channels.view_source")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("channels.view_source")

    def get_urls(self) -> list[URLPattern]:
        pages: list[tuple[str, Callable[..., HttpResponseBase], str]] = [
            ("progress/", self.progress, "progress"),
            ("decide/", self.decide, "decide"),
            ("again/", self.again, "again"),
            ("cancel/", self.cancel, "cancel"),
            ("undo/", self.undo, "undo"),
            ("rejected.csv", self.rejects, "rejects"),
        ]
        return [
            *(
                path(f"<int:pk>/{where}", self.admin_site.admin_view(view), name=f"channels_importrun_{name}")
                for where, view, name in pages
            ),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show how far an import is, what it would do, or what it did."""
        return self._page(request, self._found(request, object_id))

    @method_decorator([require_GET, never_cache])
    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Tell how far it is, for the page that shows it."""
        run = self._found(request, pk)
        return JsonResponse({"state": run.state, "text": progress_in_words(run)})

    @method_decorator(require_POST)
    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Look again with the mapping that was chosen, or import with it."""
        run = self._found(request, pk, to_change=True)
        form = MappingForm(run, request.POST)
        if run.state == ImportRun.State.READY and not form.is_valid():
            return self._page(request, run, form)
        if not form.is_valid():
            done = False
        elif "import" in request.POST:
            forced = "force" in request.POST
            done = asking.go_ahead(run, form.mapping(), forced=forced, actor=request.user.get_username())
        else:
            done = asking.look_again(run, form.mapping())
        return self._next(request, run, done=done)

    @method_decorator(require_POST)
    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Try once more what has ended without an import."""
        run = self._found(request, pk, to_change=True)
        done = asking.read_again(run, forced="force" in request.POST, actor=request.user.get_username())
        return self._next(request, run, done=done)

    @method_decorator(require_POST)
    def cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = self._found(request, pk, to_change=True)
        if not asking.cancel(run):
            messages.warning(request, _("It is too late to cancel it: look at its state."))
        return redirect(_page_of(run))

    def undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take an import back, once staff have seen what that does."""
        run = self._found(request, pk, to_change=True)
        if not _may_undo(request, run):
            raise PermissionDenied
        if request.method != "POST":
            return undo_page(self, request, run)
        try:
            undone = undo(run)
        except UndoRefused as exc:
            messages.warning(request, str(exc))
        except ImportBusy:
            messages.warning(request, _("A list is being imported at this moment: wait for its end, then undo."))
        else:
            text = _("Undone: %(deleted)s channels deleted, %(restored)s as before, %(listed)s no longer orphaned.")
            counts = {"deleted": undone.deleted, "restored": undone.restored, "listed": undone.listed}
            messages.success(request, text % counts)
        return redirect(_page_of(run))

    @method_decorator(require_GET)
    def rejects(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        run = self._found(request, pk)
        headers = {"Content-Disposition": f'attachment; filename="rejected-{run.pk}.csv"'}
        return StreamingHttpResponse(rejects_file(run), content_type="text/csv; charset=utf-8", headers=headers)

    @admin.display(description=gettext_lazy("started"), ordering="started_at")
    def started(self, run: ImportRun) -> SafeString:
        return ago(run.started_at)

    @admin.display(description=gettext_lazy("result"), ordering="state")
    def result(self, run: ImportRun) -> SafeString:
        return run_mark(run.state)

    @admin.display(description=gettext_lazy("asked by"), ordering="actor")
    def by(self, run: ImportRun) -> str:
        return run.actor or "–"

    @admin.display(description=gettext_lazy("error"))
    def why(self, run: ImportRun) -> str:
        return run.error

    def _page(self, request: HttpRequest, run: ImportRun, form: MappingForm | None = None) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": str(run.source),
            "opts": self.opts,
            "heading": self.heading,
            "may_change": request.user.has_perm("channels.change_source"),
            "may_undo": _may_undo(request, run),
            **run_context(run, form),
        }
        return TemplateResponse(request, "admin/channels/importrun/run.html", context)

    def _next(self, request: HttpRequest, run: ImportRun, *, done: bool) -> HttpResponse:
        if done:
            transaction.on_commit(start_sources)
        else:
            messages.warning(request, _("This import is not waiting for you: look at its state."))
        return redirect(_page_of(run))

    def _found(self, request: HttpRequest, pk: str | int, *, to_change: bool = False) -> ImportRun:
        if not request.user.has_perm("channels.change_source" if to_change else "channels.view_source"):
            raise PermissionDenied
        known = str(pk).isdecimal() and len(str(pk)) < 19
        run = ImportRun.objects.select_related("source").filter(pk=pk).first() if known else None
        if run is None:
            raise Http404
        return run


def _may_undo(request: HttpRequest, run: ImportRun) -> bool:
    """Tell whether the account may change sources and, where an undo would delete channels, delete those."""
    if not request.user.has_perm("channels.change_source"):
        return False
    return request.user.has_perm("channels.delete_channel") or not added_by(run).exists()


def _page_of(run: ImportRun) -> str:
    return reverse("admin:channels_importrun_change", args=[run.pk])
