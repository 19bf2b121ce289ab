"""Imports as the worker does them: checked, confirmed by staff, applied in chunks, on record with each of them.

Counts and progress are written in the transaction of the chunk that they tell of. Whoever takes over from a killed
worker goes on behind the last chunk, and nothing is done or counted twice.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from subscribers.api.upserting import tried_again
from subscribers.csv.examples import add_examples
from subscribers.csv.format import BadFile, Row
from subscribers.csv.importing import Pass, Tally
from subscribers.csv.words import say
from subscribers.models import RejectedRow, SubscriberImport

MadeBy = Callable[[SubscriberImport], AbstractContextManager[Any]]
State = SubscriberImport.State
MOST_REJECTS_KEPT = 10_000
MOST_ATTEMPTS = 5
CONTENT_KEPT_DAYS = 7
KEPT_DAYS = 30
NOTHING_DONE = {"done": 0, **dict.fromkeys(SubscriberImport.COUNTS, 0)}


def confirm(pk: int, *, actor: str) -> bool:
    """Let a checked file be imported; False where it is in another state by now."""
    checked = SubscriberImport.objects.filter(pk=pk, state=State.CHECKED)
    with transaction.atomic():
        if not checked.update(state=State.APPLYING, actor=actor, worked_at=timezone.now(), **NOTHING_DONE):
            return False
        RejectedRow.objects.filter(subscriber_import=pk).delete()
    return True


def discard(pk: int) -> bool:
    """Forget a file that is not being imported, and was not."""
    kept = (State.APPLYING, State.DONE)
    return bool(SubscriberImport.objects.filter(pk=pk).exclude(state__in=kept).delete()[0])


def forget_old_imports(*, now: datetime) -> None:
    """Forget files that nobody confirmed after a week, and all of an import after a month."""
    runs = SubscriberImport.objects
    runs.created_before(now - timedelta(days=KEPT_DAYS)).exclude(state__in=SubscriberImport.AT_WORK).delete()
    old = runs.created_before(now - timedelta(days=CONTENT_KEPT_DAYS)).filter(state=State.CHECKED)
    text = _("Nobody confirmed the import, so the file was forgotten. Upload it again.")
    old.update(state=State.FAILED, content=None, error=text, finished_at=now)


def work(*, seconds: float, stop: Callable[[], bool], made_by: MadeBy) -> bool:
    """Go on with what waits until the time is up, and tell whether something is left.

    ``made_by`` returns the context in which changes are recorded as somebody's.
    """
    end = time.monotonic() + seconds

    def up() -> bool:
        return time.monotonic() >= end or stop()

    while (run := SubscriberImport.objects.waiting().first()) is not None:
        if up():
            return True
        # Left in place where this process is killed or fails on the way.
        SubscriberImport.objects.filter(pk=run.pk).update(attempts=F("attempts") + 1)
        with override(run.language):
            if run.attempts >= MOST_ATTEMPTS:
                text = _("It stopped %(times)s times at the same place. The worker's log says why.")
                _fail(run, text % {"times": run.attempts})
            elif run.state == State.CHECKING:
                check(run, stop=stop)
            else:
                with made_by(run):
                    apply(run, stop=up)
    return False


def check(run: SubscriberImport, *, stop: Callable[[], bool] = lambda: False) -> None:
    """Say of all rows what would become of them. Interrupted, it begins anew: rows refer to those before."""
    run.rejects.all().delete()
    _save(run, **NOTHING_DONE, examples=[])
    try:
        file = Pass(bytes(run.content or b""))
        _save(run, total=file.count())
    except BadFile as exc:
        _fail(run, say(exc.problem))
        return
    for rows in file.chunks():
        if stop():
            _save(run, attempts=0)
            return
        tally = file.check(rows)
        add_examples(run.examples, tally)
        if not _record(run, tally, state=State.CHECKING):
            return
    _finish(run, State.CHECKED)


def apply(run: SubscriberImport, *, stop: Callable[[], bool] = lambda: False) -> None:
    """Write the rows that can be, from where an earlier call stopped."""
    file = Pass(bytes(run.content or b""))
    place = run.done
    for rows in file.chunks(skip=place):
        if stop():
            _save(run, attempts=0)
            return
        if not tried_again(partial(_apply_chunk, run, file, rows, place=place)):
            return
        place += len(rows)
    _finish(run, State.DONE, content=None, examples=[])


def _apply_chunk(run: SubscriberImport, file: Pass, rows: Sequence[Row], *, place: int) -> bool:
    """Write rows and what became of them, in the caller's transaction; False where another worker has gone on."""
    there = SubscriberImport.objects.select_for_update().filter(pk=run.pk, state=State.APPLYING)
    if there.values_list("done", flat=True).first() != place:
        return False
    run.refresh_from_db(fields=["done", *SubscriberImport.COUNTS])  # an attempt that was undone has counted, too
    return _record(run, file.apply(rows, now=timezone.now()), state=State.APPLYING)


@transaction.atomic
def _record(run: SubscriberImport, tally: Tally, *, state: State) -> bool:
    """Add up what became of rows; False where the run is gone, or no longer in that state."""
    run.done += tally.rows
    for name in SubscriberImport.COUNTS:
        setattr(run, name, getattr(run, name) + getattr(tally, name))
    run.worked_at = timezone.now()
    names = ("done", "worked_at", "examples", *SubscriberImport.COUNTS)
    there = SubscriberImport.objects.filter(pk=run.pk, state=state)
    if not there.update(**{name: getattr(run, name) for name in names}):
        return False
    if tally.rejects:
        room = max(MOST_REJECTS_KEPT - run.rejects.count(), 0)
        rows = [RejectedRow(subscriber_import=run, **reject._asdict()) for reject in tally.rejects[:room]]
        RejectedRow.objects.bulk_create(rows)
    return True


def _finish(run: SubscriberImport, state: State, **more: object) -> None:
    _save(run, state=state, attempts=0, finished_at=timezone.now(), **more)


def _fail(run: SubscriberImport, reason: str) -> None:
    _finish(run, State.FAILED, error=reason, content=None)


def _save(run: SubscriberImport, **values: object) -> None:
    for name, value in values.items():
        setattr(run, name, value)
    SubscriberImport.objects.filter(pk=run.pk).update(**values)
