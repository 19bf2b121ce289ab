"""Runs against the remote systems in the admin: their records, and the buttons that start them."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST
from procrastinate.contrib.django.models import ProcrastinateJob

from channels.admin_base import RecordAdmin
from channels.admin_display import Tone, ago, mark
from channels.admin_pages import confirm_page
from integrations import admin_decisions, admin_streams  # noqa: F401  # they register their pages
from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.reconcile import RECONCILE_LOCK, ReconcileRunning, reconcile
from integrations.flussonic.client import FlussonicClient
from integrations.flussonic.sync import SYNC_LOCK, SyncResult, SyncRunning, TooManyOrphans, sync_channels
from integrations.http import RemoteError
from integrations.models import ReconcileRun, RemoteToken, Run, SyncRun
from integrations.runs import is_running

# Its pages act on jobs for anyone who may look at them, and show what the jobs were given.
admin.site.unregister(ProcrastinateJob)


TONES: dict[str, Tone] = {"active": "good", "expired": "bad"}


class RunAdmin(RecordAdmin):
    """A record of runs, with the address that starts one."""

    list_filter = ("state",)
    required_permission = ""
    lock = 0

    def get_urls(self) -> list[URLPattern]:
        meta = self.model._meta
        pages = [("start", self.start), ("running", self.running)]
        return [
            *(
                path(f"{name}/", self.admin_site.admin_view(view), name=f"{meta.app_label}_{meta.model_name}_{name}")
                for name, view in pages
            ),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def start(self, request: HttpRequest) -> HttpResponse:
        """Run now, in this request, and go back to where the button was, with the result as a message."""
        if not request.user.has_perm(self.required_permission):
            raise PermissionDenied
        return self.run(request) or redirect(_came_from(request))

    @method_decorator(require_GET)
    def running(self, request: HttpRequest) -> HttpResponse:
        """Tell whether one is at work, for a page that waits for its end."""
        if not request.user.has_perm(self.required_permission):
            raise PermissionDenied
        return JsonResponse({"running": is_running(self.lock)})

    def run(self, request: HttpRequest) -> HttpResponse | None:
        raise NotImplementedError

    @admin.display(description=gettext_lazy("result"), ordering="state")
    def result(self, run: Run) -> SafeString:
        return run_mark(run)

    @admin.display(description=gettext_lazy("started"), ordering="started_at")
    def started(self, run: Run) -> SafeString:
        return ago(run.started_at)

    @admin.display(description=gettext_lazy("took"))
    def took(self, run: Run) -> str:
        return f"{(run.finished_at - run.started_at).total_seconds():.1f} s" if run.finished_at else "–"

    @admin.display(description=gettext_lazy("error"))
    def why(self, run: Run) -> str:
        return Truncator(run.error).chars(100)

    @admin.display(description=gettext_lazy("asked by"), ordering="actor")
    def by(self, run: Run) -> str:
        return run.actor or "–"


@admin.register(SyncRun)
class SyncRunAdmin(RunAdmin):
    heading = gettext_lazy("Syncs with Flussonic")
    empty_text = gettext_lazy("No sync has run yet: press “Sync from Flussonic”.")
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
    lock = SYNC_LOCK

    def run(self, request: HttpRequest) -> HttpResponse | None:
        try:
            with FlussonicClient.from_settings() as client:
                result = sync_channels(client, force="force" in request.POST, actor=request.user.get_username())
        except TooManyOrphans as exc:
            return self._ask_to_force(request, exc)
        except (SyncRunning, RemoteError) as exc:
            messages.error(request, str(exc))
        else:
            messages.success(request, _in_words(result))
        return None

    def _ask_to_force(self, request: HttpRequest, refusal: TooManyOrphans) -> HttpResponse:
        plan = refusal.plan
        return confirm_page(
            self,
            request,
            title=_("This sync was refused"),
            text=f"{refusal} " + _("Look at the Flussonic server first. If what it lists is right, sync anyway."),
            button=_("Sync anyway"),
            cancel_url=_came_from(request),
            fields={"force": "1", "next": _came_from(request)},
            lists=[
                (_("Would be orphaned: %(number)s") % {"number": len(plan.orphaned)}, plan.orphaned),
                (_("Would be new: %(number)s") % {"number": len(plan.new)}, plan.new),
                (_("Would change: %(number)s") % {"number": len(plan.changed)}, list(plan.changed)),
            ],
        )


@admin.register(ReconcileRun)
class ReconcileRunAdmin(RunAdmin):
    heading = gettext_lazy("Reconciliations")
    empty_text = gettext_lazy("None has run yet. The worker compares every RECONCILE_MINUTES; “Reconcile” does it now.")
    list_display = ("started", "result", "compared", "missing", "extra", "different", "took", "by", "why")
    required_permission = "subscribers.change_subscriber"
    lock = RECONCILE_LOCK

    def run(self, request: HttpRequest) -> HttpResponse | None:
        try:
            with AuthServiceClient.from_settings(connections=1) as client:
                report = reconcile(client, actor=request.user.get_username())
        except (ReconcileRunning, RemoteError) as exc:
            messages.error(request, str(exc))
            return None
        if report.drift:
            text = _("%(drift)s of %(compared)s tokens differ and will be delivered again.")
            messages.warning(request, text % {"drift": len(report.drift), "compared": report.compared})
        else:
            text = ngettext(
                "The one token at the Auth Service is as it should be.",
                "All %(number)s tokens at the Auth Service are as they should be.",
                report.compared,
            )
            messages.success(request, text % {"number": report.compared})
        return None


@admin.register(RemoteToken)
class RemoteTokenAdmin(RecordAdmin):
    heading = gettext_lazy("Tokens at the Auth Service")
    list_display = ("remote_id", "user_id", "state", "valid_until", "accepted")
    list_display_links = None
    list_filter = ("status",)
    search_fields = ("user_id",)
    search_help_text = gettext_lazy("Agreement number")
    fields = ("remote_id", "user_id", "state", "valid_from", "valid_until", "accepted_at")

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, row: RemoteToken) -> SafeString:
        return mark(TONES.get(row.status, "off"), row.get_status_display())

    @admin.display(description=gettext_lazy("accepted"), ordering="accepted_at")
    def accepted(self, row: RemoteToken) -> SafeString:
        return ago(row.accepted_at)


def run_mark(run: Run) -> SafeString:
    tones = {Run.State.DONE: "good", Run.State.RUNNING: "busy"}
    return mark(tones.get(Run.State(run.state), "bad"), run.get_state_display())  # type: ignore[arg-type]


def _in_words(result: SyncResult) -> str:
    words = _("Synced with Flussonic: %(total)s streams, %(new)s new, %(updated)s changed, %(orphaned)s orphaned.") % {
        "total": result.total,
        "new": result.new,
        "updated": result.updated,
        "orphaned": result.orphaned,
    }
    if result.skipped:
        names = "; ".join(f"{name} ({reason})" for name, reason in result.skipped[:3])
        words += " " + _("%(number)s skipped: %(names)s") % {"number": len(result.skipped), "names": names}
    return words


def _came_from(request: HttpRequest) -> str:
    address = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if ours else reverse("admin:index")
