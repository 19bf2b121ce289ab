"""Imports of subscribers in the admin: upload, dry run, confirmation, result. The worker does the work."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from channels.admin_base import RecordAdmin
from channels.admin_display import Tone, ago, mark
from integrations.tasks import start_imports
from playlist_project.health import worker_heartbeat_age
from subscribers.admin_csv.export import CONTENT_TYPE
from subscribers.admin_csv.files import example_file, rejects_file
from subscribers.admin_csv.forms import MOST_BYTES, UploadForm
from subscribers.csv import runs as import_runs
from subscribers.csv.format import COLUMNS
from subscribers.csv.importing import MOST_ROWS
from subscribers.csv.runs import MOST_REJECTS_KEPT
from subscribers.models import Subscriber, SubscriberImport

REJECTS_SHOWN = 200
RUNS_SHOWN = 5
WORKER_SILENT = 60.0  # seconds
NEEDED = ("subscribers.add_subscriber", "subscribers.change_subscriber")
TONES: dict[str, Tone] = {"done": "good", "checked": "busy", "failed": "bad"}


class SubscriberImportAdmin(RecordAdmin):
    """Whoever may add and change subscribers may import them, and sees all imports."""

    heading: Any = gettext_lazy("Imports of users")
    list_display = ("file_name", "result", "total", "created", "updated", "unchanged", "rejected", "actor", "uploaded")
    list_filter = ("state",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perms(NEEDED)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perms(NEEDED)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perms(NEEDED)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[SubscriberImport]":
        return super().get_queryset(request).defer("content", "examples")

    def get_urls(self) -> list[URLPattern]:
        pages: list[tuple[str, Callable[..., HttpResponseBase], str]] = [
            ("<int:pk>/progress/", self.progress, "progress"),
            ("<int:pk>/apply/", self.apply, "apply"),
            ("<int:pk>/discard/", self.discard, "discard"),
            ("<int:pk>/rejected.csv", self.rejects, "rejects"),
            ("example.csv", self.example, "example"),
        ]
        return [
            *(
                path(where, self.admin_site.admin_view(view), name=f"subscribers_subscriberimport_{name}")
                for where, view, name in pages
            ),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Take a file, and have the worker check it."""
        self._permit(request)
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        if form.is_valid():
            name, content = form.uploaded()
            run = SubscriberImport.objects.create(
                file_name=name,
                content=content,
                language=get_language() or "en",
                actor=request.user.get_username(),
            )
            transaction.on_commit(start_imports)
            return redirect(_page_of(run.pk))
        context = {
            "form": form,
            "columns": COLUMNS,
            "most_bytes": MOST_BYTES,
            "most_rows": MOST_ROWS,
            "zone": timezone.get_default_timezone_name(),
            "runs": self.get_queryset(request)[:RUNS_SHOWN],
        }
        return self._page(request, "upload", _("Import from CSV"), context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show an import: its progress, what it would do, or what it did."""
        self._permit(request)
        run = self._found(object_id)
        context = {
            "run": run,
            "rejects": run.rejects.all()[:REJECTS_SHOWN],
            "rejects_shown": REJECTS_SHOWN,
            "rejects_kept": MOST_REJECTS_KEPT,
            "to_write": run.created + run.updated,
            "new": [example for example in run.examples if example["result"] == "created"],
            "changed": [example for example in run.examples if example["result"] == "updated"],
            "no_worker": run.at_work and _no_worker(),
        }
        return self._page(request, "run", _("Import of %(file)s") % {"file": run.file_name}, context)

    @method_decorator([require_GET, never_cache])
    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Tell how far it is, for the page that shows it."""
        self._permit(request)
        run = self._found(pk)
        text = _progress_words(run)
        if run.at_work and _no_worker():
            text = f"{text} {_('No worker is running: start it, and it goes on.')}"
        return JsonResponse({"state": run.state, "done": run.done, "total": run.total, "text": text})

    @method_decorator(require_POST)
    def apply(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._permit(request)
        run = self._found(pk)
        if import_runs.confirm(run.pk, actor=request.user.get_username()):
            transaction.on_commit(start_imports)
        else:
            messages.warning(request, _("This import is not waiting for you: look at its state."))
        return redirect(_page_of(pk))

    @method_decorator(require_POST)
    def discard(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._permit(request)
        run = self._found(pk)
        if not import_runs.discard(run.pk):
            messages.warning(request, _("This import has begun already, so it cannot be discarded."))
            return redirect(_page_of(pk))
        messages.success(request, _("The file %(file)s was discarded. Nothing was imported.") % {"file": run})
        return redirect("admin:subscribers_subscriberimport_add")

    @method_decorator(require_GET)
    def rejects(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        self._permit(request)
        return _download(rejects_file(self._found(pk)), f"rejected-{pk}.csv")

    @method_decorator(require_GET)
    def example(self, request: HttpRequest) -> HttpResponseBase:
        self._permit(request)
        return _download(example_file(timezone.localdate()), "subscribers-example.csv")

    @admin.display(description=gettext_lazy("result"), ordering="state")
    def result(self, run: SubscriberImport) -> SafeString:
        return mark(TONES.get(run.state, "busy"), run.get_state_display())

    @admin.display(description=gettext_lazy("uploaded"), ordering="created_at")
    def uploaded(self, run: SubscriberImport) -> SafeString:
        return ago(run.created_at)

    def _permit(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _found(self, pk: str | int) -> SubscriberImport:
        run = SubscriberImport.objects.light().filter(pk=pk).first() if str(pk).isdecimal() else None
        if run is None:
            raise Http404
        return run

    def _page(self, request: HttpRequest, name: str, title: str, context: dict[str, Any]) -> TemplateResponse:
        shared = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": Subscriber._meta,
            "heading": _("Users"),
        }
        return TemplateResponse(request, f"admin/subscribers/subscriberimport/{name}.html", {**shared, **context})


def _progress_words(run: SubscriberImport) -> str:
    words = {"done": run.done, "total": run.total}
    if not run.done:
        return _("Waiting for the worker.")
    if run.state == SubscriberImport.State.CHECKING:
        return _("%(done)s of %(total)s rows are checked.") % words
    return _("%(done)s of %(total)s rows are imported.") % words


def _no_worker() -> bool:
    age = worker_heartbeat_age(timezone.now())
    return age is None or age > WORKER_SILENT


def _page_of(pk: int) -> str:
    return reverse("admin:subscribers_subscriberimport_change", args=[pk])


def _download(chunks: Any, name: str) -> StreamingHttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(chunks, content_type=CONTENT_TYPE, headers=headers)
