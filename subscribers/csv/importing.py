"""Subscribers from a CSV file, by the same rules as `POST users/bulk`: a pass over its rows, in chunks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from subscribers.api.upserting import KEY, ROW, Plan, Step, plan, tried_again, write
from subscribers.csv import format as csv_format
from subscribers.csv import values as csv_values
from subscribers.csv.format import COLUMNS, BadFile, Problem, Row
from subscribers.csv.names import COLUMN_OF_IDS, put_ids
from subscribers.csv.words import say
from subscribers.many import Held
from subscribers.unique_values import UniqueValues

CHUNK = 500
MOST_ROWS = 250_000
IMPORT_LOCK = 7_201_004  # any number that nothing else in this database uses


NEEDED_OF_NEW = ("last_name", "first_name")


class Reject(NamedTuple):
    """What is wrong with a field of a row; without a field, with the row."""

    line: int
    field: str
    agreement_number: str
    reason: str


@dataclass
class Tally:
    """What became of rows, or would: how many, what is wrong with the rejected ones, and the steps of the others."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    rejects: list[Reject] = field(default_factory=list)
    steps: list[tuple[int, Step]] = field(default_factory=list)
    held: Held = field(default_factory=dict)


class Totals(NamedTuple):
    """How much became of a file."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0

    def plus(self, tally: Tally) -> "Totals":
        return Totals(*(count + getattr(tally, name) for name, count in self._asdict().items()))


@dataclass(slots=True)
class _User:
    """A row on its way: what it says, as for the API, and what is wrong with it."""

    line: int
    told: dict[str, Any]
    wrong: dict[str, list[str]]
    number: str


class Pass:
    """One pass over a file. Whatever happened to it before, the same file leads to the same result."""

    def __init__(self, content: bytes) -> None:
        """Look at the header. Raises BadFile."""
        self.table = csv_format.read(content)
        self.zone = timezone.get_default_timezone()
        self.lines: dict[str, int] = {}
        # A check writes nothing, so it has to remember what the rows before would have taken.
        self.unique = UniqueValues()

    def count(self) -> int:
        """Return how many rows there are. Raises BadFile where the file cannot be read to its end, or is too long."""
        total = sum(1 for _ in islice(self.table.rows(), MOST_ROWS + 1))
        if total > MOST_ROWS:
            raise BadFile("too_many_rows", most=MOST_ROWS)
        if not total:
            raise BadFile("no_rows")
        return total

    def chunks(self, *, skip: int = 0) -> Iterator[list[Row]]:
        """Yield the rows in chunks, without those that were done before."""
        rows = self.table.rows()
        for row in islice(rows, skip):
            self._first_line_of(_number(row), row.line)
        while chunk := list(islice(rows, CHUNK)):
            yield chunk

    def check(self, rows: Sequence[Row]) -> Tally:
        """Say what would become of the rows; write nothing."""
        users = [self._user(row) for row in rows]
        return _tally(users, self._plan(users, self.unique, lock=False))

    def apply(self, rows: Sequence[Row], *, now: datetime) -> Tally:
        """Create and change whom the rows name. Call it in a transaction, and once more where that was undone."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])
        users = [self._user(row) for row in rows]
        planned = self._plan(users, UniqueValues(), lock=True)
        write(planned, now=now)
        return _tally(users, planned)

    def _plan(self, users: list[_User], unique: UniqueValues, *, lock: bool) -> Plan:
        known_ids = put_ids([(user.told, user.wrong) for user in users])
        return plan(
            [user.told for user in users],
            [user.wrong for user in users],
            unique=unique,
            known_ids=known_ids,
            lock=lock,
        )

    def _user(self, row: Row) -> _User:
        number = _number(row)
        first = self._first_line_of(number, row.line)
        if row.problem:
            return _User(row.line, {}, {ROW: [say(row.problem)]}, number)
        values, problems = csv_values.parse(row.cells, self.zone)
        wrong = {name: [say(problem)] for name, problem in problems.items()}
        if first != row.line:
            wrong[KEY] = [say(Problem("repeated", {"line": first}))]
        for name in csv_values.MOMENTS:
            if values.get(name):
                values[name] = values[name].isoformat()
        return _User(row.line, values, wrong, number)

    def _first_line_of(self, number: str, line: int) -> int:
        return self.lines.setdefault(number, line) if number else line


def import_all(
    content: bytes,
    *,
    dry_run: bool,
    tell: Callable[[Reject], object],
    progress: Callable[[Totals], object] = lambda totals: None,
) -> Totals:
    """Import a file as a whole, or say what would become of it; each chunk is a transaction. Raises BadFile."""
    run = Pass(content)
    run.count()  # nothing is written of a file that cannot be read to its end
    totals = Totals()
    for rows in run.chunks():
        tally = run.check(rows) if dry_run else tried_again(partial(run.apply, rows, now=timezone.now()))
        totals = totals.plus(tally)
        for reject in tally.rejects:
            tell(reject)
        progress(totals)
    return totals


def _number(row: Row) -> str:
    cell = row.cells.get(KEY, "")
    return str(csv_values.plain(cell)).strip()


def _tally(users: Sequence[_User], planned: Plan) -> Tally:
    tally = Tally(rows=len(users), held=planned.held)
    for user, step in zip(users, planned.steps, strict=True):
        match step.result:
            case "created":
                tally.created += 1
            case "updated":
                tally.updated += 1
            case "unchanged":
                tally.unchanged += 1
            case _:
                tally.rejected += 1
                tally.rejects += _rejects(user, step)
                continue
        tally.steps.append((user.line, step))
    return tally


def _rejects(user: _User, step: Step) -> Iterator[Reject]:
    assert step.error is not None
    fields: dict[str, list[str]] = step.error["fields"] or {"": [step.error["message"]]}
    columns = {COLUMN_OF_IDS.get(name, name.partition(".")[0]): messages for name, messages in fields.items()}
    for column in sorted(columns, key=lambda name: COLUMNS.index(name) if name in COLUMNS else -1):
        messages = columns[column]
        if step.subscriber is None and column in NEEDED_OF_NEW and column not in user.told:
            messages = [say(Problem("new_needs_it"))]
        for message in messages:
            # PostgreSQL takes no NUL, and hostile files have some.
            number, reason = (text.replace("\0", "\N{REPLACEMENT CHARACTER}") for text in (user.number[:100], message))
            yield Reject(user.line, "" if column == ROW else column[:50], number, reason)
