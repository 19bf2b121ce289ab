"""Runs against the remote systems in the admin: their records, and the buttons that start them."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.views.decorators.http import require_POST
from procrastinate.contrib.django.models import ProcrastinateJob

from channels.admin_base import RecordAdmin
from channels.admin_display import ago, mark
from channels.admin_pages import confirm_page
from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.reconcile import ReconcileRunning, reconcile
from integrations.flussonic.client import FlussonicClient
from integrations.flussonic.sync import SyncResult, SyncRunning, TooManyOrphans, sync_channels
from integrations.http import RemoteError
from integrations.models import ReconcileRun, RemoteToken, Run, SyncRun

# Its pages act on jobs for anyone who may look at them, and show what the jobs were given.
admin.site.unregister(ProcrastinateJob)


class RunAdmin(RecordAdmin):
    """A record of runs, with the address that starts one."""

    list_filter = ("state",)
    required_permission = ""

    def get_urls(self) -> list[URLPattern]:
        meta = self.model._meta
        view = self.admin_site.admin_view(self.start)
        return [path("start/", view, name=f"{meta.app_label}_{meta.model_name}_start"), *super().get_urls()]

    @method_decorator(require_POST)
    def start(self, request: HttpRequest) -> HttpResponse:
        """Run now, in this request, and go back to where the button was, with the result as a message."""
        if not request.user.has_perm(self.required_permission):
            raise PermissionDenied
        return self.run(request) or redirect(_came_from(request))

    def run(self, request: HttpRequest) -> HttpResponse | None:
        raise NotImplementedError

    @admin.display(description="result", ordering="state")
    def result(self, run: Run) -> SafeString:
        return run_mark(run)

    @admin.display(description="started", ordering="started_at")
    def started(self, run: Run) -> SafeString:
        return ago(run.started_at)

    @admin.display(description="took")
    def took(self, run: Run) -> str:
        return f"{(run.finished_at - run.started_at).total_seconds():.1f} s" if run.finished_at else "–"

    @admin.display(description="error")
    def why(self, run: Run) -> str:
        return Truncator(run.error).chars(100)

    @admin.display(description="asked by", ordering="actor")
    def by(self, run: Run) -> str:
        return run.actor or "–"


@admin.register(SyncRun)
class SyncRunAdmin(RunAdmin):
    heading = "Syncs with Flussonic"
    list_display = (
        "started",
        "result",
        "total",
        "new",
        "updated",
        "orphaned",
        "returned",
        "skipped",
        "took",
        "by",
        "why",
    )
    required_permission = "channels.change_channel"

    def run(self, request: HttpRequest) -> HttpResponse | None:
        try:
            with FlussonicClient.from_settings() as client:
                result = sync_channels(client, force="force" in request.POST, actor=request.user.get_username())
        except TooManyOrphans as exc:
            return self._ask_to_force(request, exc)
        except (SyncRunning, RemoteError) as exc:
            messages.error(request, str(exc))
        else:
            messages.success(request, f"Synced with Flussonic: {_in_words(result)}.")
        return None

    def _ask_to_force(self, request: HttpRequest, refusal: TooManyOrphans) -> HttpResponse:
        plan = refusal.plan
        return confirm_page(
            self,
            request,
            title="This sync was refused",
            text=f"{refusal} Look at the Flussonic server first. If what it lists is right, sync anyway.",
            button="Sync anyway",
            cancel_url=_came_from(request),
            fields={"force": "1", "next": _came_from(request)},
            lists=[
                (f"{len(plan.orphaned)} channels would be orphaned", plan.orphaned),
                (f"{len(plan.new)} channels would be new", plan.new),
                (f"{len(plan.changed)} channels would change", list(plan.changed)),
            ],
        )


@admin.register(ReconcileRun)
class ReconcileRunAdmin(RunAdmin):
    heading = "Reconciliations"
    list_display = ("started", "result", "compared", "missing", "extra", "different", "took", "by", "why")
    required_permission = "subscribers.change_subscriber"

    def run(self, request: HttpRequest) -> HttpResponse | None:
        try:
            with AuthServiceClient.from_settings(connections=1) as client:
                report = reconcile(client, actor=request.user.get_username())
        except (ReconcileRunning, RemoteError) as exc:
            messages.error(request, str(exc))
            return None
        if report.drift:
            text = f"{len(report.drift)} of {report.compared} tokens differ and will be delivered again."
            messages.warning(request, text)
        else:
            messages.success(request, f"All {report.compared} tokens at the Auth Service are as they should be.")
        return None


@admin.register(RemoteToken)
class RemoteTokenAdmin(RecordAdmin):
    heading = "Tokens at the Auth Service"
    list_display = ("remote_id", "user_id", "status", "valid_until", "accepted")
    list_display_links = None
    list_filter = ("status",)
    search_fields = ("user_id",)
    search_help_text = "Agreement number"
    fields = ("remote_id", "user_id", "status", "valid_from", "valid_until", "accepted_at")

    @admin.display(description="accepted", ordering="accepted_at")
    def accepted(self, row: RemoteToken) -> SafeString:
        return ago(row.accepted_at)


def run_mark(run: Run) -> SafeString:
    tones = {Run.State.DONE: "good", Run.State.RUNNING: "busy"}
    return mark(tones.get(Run.State(run.state), "bad"), run.get_state_display())  # type: ignore[arg-type]


def _in_words(result: SyncResult) -> str:
    words = f"{result.total} streams, {result.new} new, {result.updated} changed, {result.orphaned} orphaned"
    skipped = [f"{name} ({reason})" for name, reason in result.skipped[:3]]
    return f"{words}, {len(result.skipped)} skipped: {'; '.join(skipped)}" if skipped else words


def _came_from(request: HttpRequest) -> str:
    address = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if ours else reverse("admin:index")
