"""What staff ask of imports of lists: a new one, another look, the import itself, its end. The worker does the work.

Each is a step from one state to the next that is taken once, whoever else presses the same button.
"""

from collections.abc import Mapping
from typing import IO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from channels.models import ImportPart, ImportRun, Source
from integrations.sources.importing import keep_list

State = ImportRun.State
CAN_BE_CANCELLED = (State.WAITING, State.READING, State.READY)
CAN_BE_READ_AGAIN = (State.REFUSED, State.FAILED, State.CANCELLED)


class NothingToRead(Exception):
    """The source has no address and no list of an earlier import: paste one, or upload a file."""


@transaction.atomic
def ask(
    source: Source,
    actor: str,
    *,
    only_look: bool = False,
    forced: bool = False,
    file: IO[bytes] | None = None,
    file_name: str = "",
) -> ImportRun:
    """Have a list imported: the given one, what is at the source's address, or what was imported last.

    Staff look first where nothing was imported yet. What waits already is that import; what waits for a decision of
    staff is given up. Raises NothingToRead.
    """
    Source.objects.select_for_update(no_key=True).get(pk=source.pk)
    waiting = source.runs.waiting().first()
    if waiting and file is None:
        if only_look:  # nothing is imported that staff want to see first
            _step(waiting, (State.WAITING,), {"only_look": True})
        return waiting
    earlier = _last_with_its_list(source)
    if file is None and not source.url and earlier is None:
        raise NothingToRead
    given_up = source.runs.filter(state__in=(State.READY, State.WAITING))
    given_up.update(state=State.CANCELLED, error=_("Another import was asked for."), finished_at=timezone.now())
    run: ImportRun = source.runs.create(
        actor=actor,
        only_look=only_look or source.imported_at is None,
        forced=forced,
        file_name=file_name,
    )
    if file is not None:
        keep_list(run, file)
    elif earlier is not None and not source.url:
        for part in earlier.parts.iterator(chunk_size=1):
            ImportPart.objects.create(run=run, number=part.number, content=part.content)
        run.save_progress(file_name=earlier.file_name)
    return run


def look_again(run: ImportRun, mapping: Mapping[str, str]) -> bool:
    """Show what would be imported with this mapping; False where the run does not wait for a decision."""
    values = {"state": State.WAITING, "mapping": dict(mapping), "only_look": True}
    return _step(run, (State.READY,), values, with_list=True)


def go_ahead(run: ImportRun, mapping: Mapping[str, str], *, forced: bool, actor: str) -> bool:
    """Import what staff have looked at; False where the run does not wait for a decision."""
    values = {"mapping": dict(mapping), "only_look": False, "forced": forced, "actor": actor, "state": State.WAITING}
    return _step(run, (State.READY,), values, with_list=True)


def read_again(run: ImportRun, *, forced: bool, actor: str) -> bool:
    """Try once more what has ended without an import; False where it has not."""
    begun = {"state": State.WAITING, "finished_at": None, "started_at": timezone.now()}
    return _step(run, CAN_BE_READ_AGAIN, {**begun, "forced": forced, "actor": actor})


@transaction.atomic
def cancel(run: ImportRun) -> bool:
    """End an import before it writes: at once, or when the worker looks up; False where it is too late."""
    ended = {"state": State.CANCELLED, "finished_at": timezone.now()}
    # The worker may have it in its hands already.
    if _step(run, (State.WAITING, State.READY), {**ended, "cancel_asked": True}):
        if run.bytes_read:  # it can be fetched again
            run.parts.all().delete()
        return True
    return bool(ImportRun.objects.filter(pk=run.pk, state=State.READING).update(cancel_asked=True))


def _step(run: ImportRun, states: tuple[State, ...], values: Mapping[str, object], *, with_list: bool = False) -> bool:
    """Write these columns where the run is in one of the states, and has its list still where that matters."""
    rows = ImportRun.objects.filter(pk=run.pk, state__in=states)
    if with_list:
        rows = rows.filter(pk__in=ImportPart.objects.filter(run=run.pk).values("run"))
    return bool(rows.update(**{"cancel_asked": False, **values}))


def _last_with_its_list(source: Source) -> ImportRun | None:
    """Return the import whose list is kept: the last that was carried out, or else the last of all."""
    with_lists = source.runs.filter(parts__number=0)
    return with_lists.filter(state=State.DONE).first() or with_lists.first()
