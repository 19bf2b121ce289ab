"""Bring a source's channels in line with its list: new ones added, known ones refreshed, missing ones marked orphaned.

The list is copied into a temporary table first, entry by entry, in bounded memory. Then one transaction compares and
writes, set by set, and touches the rows that differ alone. A channel is known again by its ``stream_name``, which is
made of the source's slug and a short hash of the entry's key. What staff may change too is merged: where the channel
has what the list said last, it follows the list; what staff have changed stays.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from channels.import_mapping import holds_login, mapper
from channels.import_sql import (
    CLASHES,
    COMPARE,
    COPY,
    COUNT_DIFFERENCES,
    DIFFERENT_VALUES,
    DUPLICATES,
    FIRST_ADDRESSES,
    FIRST_CHANNELS,
    INSERT_NEW,
    KEEP_BEFORE,
    NAMES,
    NEW_GROUPS,
    PATHS,
    STAGE,
    UPDATE_CHANGED,
    UPDATE_GONE,
)
from channels.m3u import ListEntry, Reject
from channels.models import Channel, Group, ImportRun, Source, next_position
from channels.sources import LOCK_CHANNELS, NowhereToRestream, base_url_for, held

ENTRIES_AT_ONCE = 500
SECONDS_OF_A_COPY = 0.5
FEW = 5  # never too many to be gone, whatever their share
MOST_REJECTS = 100_000
EXAMPLES = 20

Report = Callable[[int], None]
"""Is told how many entries have been read; may raise to stop."""


class ImportRefused(Exception):
    """Nothing was written; the text says why, and what to do."""


class NothingUsable(ImportRefused):
    """The list has no channel that could be used; ``found`` has its rejects."""

    def __init__(self, message: str, found: "Staged") -> None:
        super().__init__(message)
        self.found = found


class TooMuchGone(ImportRefused):
    """So much is missing from the list that somebody has to look at it; import it with force if it is right."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What an import comes to. ``total`` are the channels in the list."""

    total: int = 0
    added: int = 0
    changed: int = 0
    returned: int = 0
    gone: int = 0


@dataclass(slots=True)
class Staged:
    """A list in the temporary table; of its rejects the first are kept."""

    total: int = 0
    rejected: int = 0
    rejects: list[tuple[int, str, str]] = field(default_factory=list)

    def reject(self, line: int, fault: str, text: str) -> None:
        self.rejected += 1
        if len(self.rejects) < MOST_REJECTS:
            self.rejects.append((line, fault, text))


@contextmanager
def staged(
    source: Source,
    entries: Iterable[ListEntry | Reject],
    mapping: Mapping[str, str],
    *,
    report: Report = lambda entries: None,
) -> Iterator[Staged]:
    """Copy a list into the temporary table that `plan` and `apply` read. Raises NothingUsable.

    Call it outside transactions: ``report`` may then write how far it is.
    """
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
    try:
        found = Staged()
        rows = _rows(source, entries, mapping, found)
        while _copy_for_a_moment(rows):
            report(found.total + found.rejected)
        if not found.total:
            raise NothingUsable(_("There is no channel in the list that could be used."), found)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE incoming (stream_name)")
            cursor.execute(PATHS, {"prefix": f"{source.slug}-"})
            cursor.execute(DUPLICATES, {"prefix": f"{source.slug}-"})
            for line, text in _clashes(cursor, source):
                found.total -= 1
                found.reject(line, "clash", text)
        yield found
    finally:
        if not connection.needs_rollback and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE IF EXISTS pg_temp.incoming")


def apply(source: Source, found: Staged, run: ImportRun) -> Counts:
    """Write what differs; ``run`` is saved already, and gives the moment. Raises TooMuchGone unless it is forced."""
    with transaction.atomic(), connection.cursor() as cursor:
        source = held(source)  # its delivery may be another one by now
        cursor.execute(LOCK_CHANNELS)
        params = {**_params(source), "run": run.pk, "now": run.started_at}
        counts = _compare(cursor, params, found.total)
        if not run.forced:
            _refuse_too_much_gone(source, counts)
        if counts.added or counts.changed or counts.returned:
            cursor.execute(NEW_GROUPS, {**params, "position": next_position(Group) - 1})
        if counts.changed or counts.returned or counts.gone:
            cursor.execute(KEEP_BEFORE, params)
        # Most refreshes find little, and each of these reads its tables again.
        for number, statement in (
            (counts.changed + counts.returned, UPDATE_CHANGED),
            (counts.gone, UPDATE_GONE),
            (counts.added, INSERT_NEW),
        ):
            if number:
                cursor.execute(statement, {**params, "position": next_position(Channel) - 1})
    return counts


def plan(source: Source, found: Staged) -> dict[str, Any]:
    """Return what `apply` would do, as JSON can hold it; nothing is written.

    {"counts": {...}, "first": [{field: value}], "added": [name], "gone": [name],
    "changed": [{"name", "field", "now", "then"}], "logins": whether the first addresses hold one,
    "refused": why not, or ""}; the lists are examples.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        params = {**_params(source), "most": EXAMPLES}
        counts = _compare(cursor, params, found.total)
        refused = ""
        try:
            _refuse_too_much_gone(source, counts)
        except TooMuchGone as exc:
            refused = str(exc)
        planned = {
            "counts": asdict(counts),
            "refused": refused,
            "first": _dicts(cursor, FIRST_CHANNELS, params),
            "added": _names(cursor, "new", params),
            "gone": _names(cursor, "gone", params),
            "changed": _dicts(cursor, DIFFERENT_VALUES, params),
            "logins": _hold_logins(cursor, params),
        }
        transaction.set_rollback(True)  # the table of differences is gone with it
    return planned


def _rows(
    source: Source, entries: Iterable[ListEntry | Reject], mapping: Mapping[str, str], found: Staged
) -> Iterator[str]:
    """Yield the rows of the temporary table as COPY has them; no value has a tab or a line break inside."""
    incoming = mapper(mapping, source.identity)
    prefix = f"{source.slug}-"
    for entry in entries:
        if isinstance(entry, Reject):
            found.reject(*entry)
            continue
        code, url, name, tvg_name, tvg_id, logo, group, host, login = incoming(entry)
        found.total = total = found.total + 1
        name = name or f"Channel {total}"
        yield (
            f"{total}\t{entry.line}\t{prefix}{code}\t{url}\t{name}\t{tvg_name or name}"
            f"\t{tvg_id}\t{logo}\t{group}\t{host}\t{login}\n"
        )


def _copy_for_a_moment(rows: Iterator[str]) -> bool:
    """Copy rows for a while, and tell whether there was any; the server takes them in while the next are made.

    They are written by hand, as a driver that looks at each value takes longer than all the rest.
    """
    end = time.monotonic() + SECONDS_OF_A_COPY
    copied = False
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(COPY) as copy:
        while block := "".join(islice(rows, ENTRIES_AT_ONCE)):
            copy.write(block.replace("\\", "\\\\"))
            copied = True
            if time.monotonic() > end:
                break
    return copied


def _clashes(cursor: Any, source: Source) -> list[tuple[int, str]]:
    """Take out what another source has under the same name."""
    cursor.execute(CLASHES, {"source": source.pk, "names": f"{source.slug}-%"})
    found: list[tuple[int, str]] = cursor.fetchall()
    return found


def _params(source: Source) -> dict[str, Any]:
    try:
        return {"source": source.pk, "base_url": base_url_for(source)}
    except NowhereToRestream as exc:
        raise ImportRefused(_("Flussonic is to restream this list, but FLUSSONIC_URL is not set.")) from exc


def _compare(cursor: Any, params: dict[str, Any], total: int) -> Counts:
    cursor.execute(COMPARE, params)
    cursor.execute(COUNT_DIFFERENCES)
    return Counts(total, **{"added" if kind == "new" else kind: number for kind, number in cursor.fetchall()})


def _refuse_too_much_gone(source: Source, counts: Counts) -> None:
    if counts.gone <= FEW:
        return
    there = Channel.objects.filter(source=source).synced().count()
    share = settings.FLUSSONIC_MAX_ORPHAN_PERCENT
    if counts.gone * 100 > there * share:
        text = _(
            "%(gone)s of the source's %(there)s channels are missing from the list, more than %(share)s %%. "
            "Nothing was changed. Look at the list; if it is right, import it all the same."
        )
        raise TooMuchGone(text % {"gone": counts.gone, "there": there, "share": share})


def _names(cursor: Any, kind: str, params: dict[str, Any]) -> list[str]:
    cursor.execute(NAMES, {**params, "kind": kind})
    return [name for (name,) in cursor.fetchall()]


def _hold_logins(cursor: Any, params: dict[str, Any]) -> bool:
    cursor.execute(FIRST_ADDRESSES, params)
    return any(holds_login(url) for (url,) in cursor.fetchall())


def _dicts(cursor: Any, sql: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    cursor.execute(sql, params)
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
