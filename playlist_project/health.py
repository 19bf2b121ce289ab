"""Is the service alive, is it ready, and where does its work stand: figures that name no secret and no host."""

from dataclasses import asdict, dataclass
from datetime import datetime

import psycopg
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Max, Min, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from procrastinate.contrib.django.models import ProcrastinateWorker

from integrations.models import PushedStream
from subscribers.models import OutboxEntry, SessionCheck, SessionWatch

CONNECT_SECONDS = 3


@dataclass(frozen=True, kw_only=True)
class Outbox:
    """What the Auth Service has yet to hear. Ages in seconds; None: nothing waits, nothing fails."""

    size: int
    oldest_age: float | None
    failing_age: float | None


def outbox(now: datetime) -> Outbox:
    figures = OutboxEntry.objects.aggregate(
        size=Count("pk"), oldest=Min("stale_since"), failing_since=Min("failing_since")
    )
    return Outbox(
        size=figures["size"],
        oldest_age=age(figures["oldest"], now),
        failing_age=age(figures["failing_since"], now),
    )


@dataclass(frozen=True, slots=True)
class Revocation:
    """Whose running sessions wait to be looked at, for how many seconds that has failed, and how many were ended."""

    size: int
    failing_age: float | None
    ended: int


def revocation(now: datetime) -> Revocation:
    figures = SessionCheck.objects.aggregate(size=Count("pk"), failing_since=Min("failing_since"))
    ended = SessionWatch.objects.values_list("ended", flat=True).first()
    return Revocation(figures["size"], age(figures["failing_since"], now), ended or 0)


@dataclass(frozen=True, slots=True)
class Restreaming:
    """How many streams are in each state at Flussonic, and for how many seconds the oldest failure lasts."""

    by_state: dict[str, int]
    failing_age: float | None


def restreaming(now: datetime) -> Restreaming:
    states = PushedStream.State.values
    outage = Q(state__in=("pending", "removing"))  # what was refused is none
    figures = PushedStream.objects.aggregate(
        first=Min("failing_since", filter=outage), **{state: Count("pk", filter=Q(state=state)) for state in states}
    )
    return Restreaming({state: figures[state] for state in states}, age(figures["first"], now))


def worker_heartbeat_age(now: datetime) -> float | None:
    """Return the seconds since any worker last gave a sign of life; None where none ever ran or all were stopped."""
    return age(ProcrastinateWorker.objects.aggregate(last=Max("last_heartbeat"))["last"], now)


def age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else round((now - moment).total_seconds(), 1)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer while the process can: no database, no login."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when requests can be served and 503 when not; the rest is told and changes nothing."""
    if not database_answers():
        return JsonResponse({"ready": False, "database": "unreachable"}, status=503)
    try:
        if pending := pending_migrations():
            return JsonResponse({"ready": False, "database": "ok", "migrations": f"{pending} to apply"}, status=503)
        now = timezone.now()
        figures = {"worker_heartbeat_age": worker_heartbeat_age(now), "outbox": asdict(outbox(now))}
    except DatabaseError:  # it went away between the two looks, or every connection of the pool is taken
        return JsonResponse({"ready": False, "database": "unreachable"}, status=503)
    return JsonResponse({"ready": True, "database": "ok", "migrations": "ok", **figures})


def database_answers() -> bool:
    """Connect outside the pool, which would wait DB_POOL_TIMEOUT for a server that is not there."""
    try:
        psycopg.connect(**{**connection.get_connection_params(), "connect_timeout": CONNECT_SECONDS}).close()
    except psycopg.Error:
        return False
    return True


def pending_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
