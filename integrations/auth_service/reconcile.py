"""Compare all that the Auth Service holds with what it should hold, and enqueue what differs.

There is one writer to the Auth Service, the delivery: a reconciliation only makes it look again.
It trusts no digest, since the service may accept a write and lose it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.sending import known_from
from integrations.auth_service.tokens import EXPIRED, SUSPENDED, TokenState, read_moment, same_start, states_of
from integrations.http import Deadline
from integrations.models import ReconcileRun, RemoteToken, Run
from integrations.runs import alone, on_record
from subscribers import outbox
from subscribers.models import OutboxEntry, Subscriber
from subscribers.outbox import StaleToken

SECONDS_FOR_ALL_PAGES = 600.0
RECONCILE_LOCK = 7_201_003  # any number that nothing else in this database uses


class ReconcileRunning(Exception):
    """Another reconciliation is running at this moment: wait for it to end, then look at its result."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One token on which the two sides disagree.

    ``kind``: missing (not over there), extra (nobody here has it), different (``fields`` maps
    each one to (here, there); of allowed_streams, to what only one side has). ``since``: when it
    was last known to be right, if ever. The token itself is a secret, so the subscriber is named.
    """

    kind: str
    subscriber: str
    remote_id: int | None
    since: datetime | None
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DriftReport:
    """The outcome of a comparison: ``waiting`` tokens are in the outbox already and were left out."""

    compared: int
    waiting: int
    drift: tuple[Drift, ...]

    def count(self, kind: str) -> int:
        return sum(item.kind == kind for item in self.drift)


def reconcile(
    client: AuthServiceClient, *, dry_run: bool = False, actor: str = "", now: datetime | None = None
) -> DriftReport:
    """Compare everything, enqueue what differs and say what it was; with ``dry_run`` change nothing.

    Raises ReconcileRunning, or RemoteError where the service cannot be read to its end: its state is
    then unknown, which is not the same as different. A ReconcileRun is kept of it, however it ends.
    """
    now = now or timezone.now()
    if dry_run:
        return _compare(client, now).report()
    run = ReconcileRun(started_at=now, actor=actor)
    with alone(RECONCILE_LOCK, ReconcileRunning(_("A reconciliation is running already."))), on_record(run):
        comparison = _compare(client, now)
        report = comparison.report()
        run.compared = report.compared
        run.missing, run.extra, run.different = (report.count(kind) for kind in ("missing", "extra", "different"))
        _enqueue(comparison, now)
        _keep_ids(comparison)
    return report


def reconcile_due(*, now: datetime) -> bool:
    """Tell whether the last reconciliation is RECONCILE_MINUTES old; one that failed is tried again sooner."""
    last = ReconcileRun.objects.first()
    if last is None:
        return True
    minutes = settings.RECONCILE_MINUTES if last.state == Run.State.DONE else min(5, settings.RECONCILE_MINUTES)
    return last.started_at <= now - timedelta(minutes=minutes)


@dataclass(slots=True)
class Comparison:
    """The two sides, page by page; what is kept is the differences and the tokens seen."""

    compared: int = 0
    waiting: int = 0
    seen: set[str] = field(default_factory=set)
    found: list[tuple[Drift, StaleToken]] = field(default_factory=list)
    records: list[RemoteToken] = field(default_factory=list)
    unrecorded: list[RemoteToken] = field(default_factory=list)

    def add(self, drift: Drift, stale: StaleToken, held: dict[str, Any] | None = None) -> None:
        self.found.append((drift, stale))
        if held:
            self.records.append(_record_of(held))

    def report(self) -> DriftReport:
        return DriftReport(self.compared, self.waiting, tuple(drift for drift, _ in self.found))


def _compare(client: AuthServiceClient, now: datetime) -> Comparison:
    comparison = Comparison()
    started = timezone.now()
    for page in client.pages(deadline=Deadline.after(SECONDS_FOR_ALL_PAGES)):
        _compare_page(comparison, {token["token"]: token for token in page}, now, started)
    # Not NOT IN, which compares each with all once they are too many to be hashed.
    waiting = OutboxEntry.objects.filter(token=OuterRef("token"))
    missing = Subscriber.objects.filter(~Exists(waiting)).values_list("token", flat=True)
    _add_missing(comparison, [token for token in missing if token not in comparison.seen], now, started)
    return comparison


def _compare_page(comparison: Comparison, held: dict[str, dict[str, Any]], now: datetime, started: datetime) -> None:
    comparison.seen.update(held)
    records = {row.token: row for row in RemoteToken.objects.filter(token__in=held)}
    states = states_of(list(held), now=now)
    # Asked last: what changed or was delivered while we looked is no drift.
    moving = set(OutboxEntry.objects.filter(token__in=held).values_list("token", flat=True))
    moving |= set(_delivered_since(started).filter(token__in=held).values_list("token", flat=True))
    comparison.waiting += len(moving)
    for token, there in held.items():
        if token in moving:
            if token not in records:
                comparison.unrecorded.append(_record_of(there))
            continue
        comparison.compared += 1
        state, record = states.get(token), records.get(token)
        since = record.accepted_at if record else None
        if state is None:
            drift = Drift("extra", str(there.get("user_id")), there["id"], since)
            comparison.add(drift, StaleToken(token, None, there["id"]), there)
        elif fields := _differences(state, there, record, now):
            drift = Drift("different", state.user_id, there["id"], since, fields)
            comparison.add(drift, StaleToken(token, state.subscriber_id, there["id"]), there)


def _add_missing(comparison: Comparison, tokens: Sequence[str], now: datetime, started: datetime) -> None:
    records = {row.token: row for row in RemoteToken.objects.filter(token__in=tokens)}
    fresh = set(_delivered_since(started).filter(token__in=tokens).values_list("token", flat=True))
    for token, state in states_of(tokens, now=now).items():
        if token in fresh:
            continue
        comparison.compared += 1
        record = records.get(token)
        drift = Drift("missing", state.user_id, None, record.accepted_at if record else None)
        comparison.add(drift, StaleToken(token, state.subscriber_id, None))


def _delivered_since(started: datetime) -> QuerySet[RemoteToken]:
    return RemoteToken.objects.filter(accepted_at__gte=started)


def _differences(
    state: TokenState, there: dict[str, Any], record: RemoteToken | None, now: datetime
) -> dict[str, tuple[Any, Any]]:
    """Return what differs, field by field, as (here, there)."""
    dates = {name: read_moment(there.get(name)) for name in ("valid_from", "valid_until")}
    begins = dates["valid_from"]
    if same_start(state.valid_from, begins, now=timezone.now()):
        begins = state.valid_from
    entitled, allowed = set(state.allowed_streams), set(there.get("allowed_streams") or ())
    meta = there.get("meta") or {}
    pairs = {
        "id": (record.remote_id if record else None, there["id"]),
        "user_id": (state.user_id, there.get("user_id")),
        "status": (state.status, _status_there(state, there, now)),
        "max_sessions": (state.max_sessions, there.get("max_sessions")),
        "valid_from": (state.valid_from, begins),
        "valid_until": (state.valid_until, dates["valid_until"]),
        "allowed_streams": (
            tuple(sorted(entitled - allowed)),
            tuple(sorted(allowed - entitled)),
        ),
        "first_name": (state.first_name, meta.get("first_name")),
        "last_name": (state.last_name, meta.get("last_name")),
    }
    return {name: (here, there) for name, (here, there) in pairs.items() if here != there}


def _status_there(state: TokenState, there: dict[str, Any], now: datetime) -> Any:
    """Read the status over there: past the end, it says "expired" by itself for what we call suspended."""
    status = there.get("status")
    lapsed = state.valid_until is not None and state.valid_until <= now
    return SUSPENDED if status == EXPIRED and state.status == SUSPENDED and lapsed else status


@transaction.atomic
def _enqueue(comparison: Comparison, now: datetime) -> None:
    """Make the delivery look again: with the ids that were seen, and with no digest to trust."""
    stales = [stale for _, stale in comparison.found]
    outbox.enqueue(stales, now=now)  # first, as a record is written under the lock of its entry
    seen = {record.token for record in comparison.records}
    # The ids of those that are missing may be others' by now.
    RemoteToken.objects.filter(token__in=[stale.token for stale in stales if stale.token not in seen]).delete()
    RemoteToken.objects.bulk_create(
        comparison.records,
        update_conflicts=True,
        unique_fields=["token"],
        update_fields=["remote_id", "user_id", "status", "valid_from", "valid_until", "digest"],
    )


@transaction.atomic
def _keep_ids(comparison: Comparison) -> None:
    """Spare whoever delivers these next the search for an id that a lost reply would have told."""
    unrecorded = {record.token: record for record in comparison.unrecorded}
    entries = OutboxEntry.objects.filter(token__in=unrecorded).order_by("token").select_for_update()
    waiting = [unrecorded[token] for token in entries.values_list("token", flat=True)]
    RemoteToken.objects.bulk_create(waiting, ignore_conflicts=True)


def _record_of(held: dict[str, Any]) -> RemoteToken:
    known = known_from(held)
    return RemoteToken(
        token=held["token"],
        remote_id=known.remote_id,
        user_id=known.user_id[:100],
        status=str(held.get("status"))[:10],
        valid_from=known.valid_from,
        valid_until=known.valid_until,
        digest="",
        accepted_at=timezone.now(),
    )
