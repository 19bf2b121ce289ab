"""What happened, in words that people and other systems understand: events with names, old and new values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from subscribers.feed.events import TABLES, Event, Position
from subscribers.feed.names import NAMED, Key, Thing, things

Action = Literal["created", "changed", "deleted", "assigned", "unassigned"]

HIDDEN = "***"
SECRETS = {"token_changed": "token", "password_changed": "password"}
"""Labels of events that tell of a secret without holding it, and what they tell of."""
REFERENCES = {"group_id": "group", "source_id": "source"}
"""Columns with an id in them: what it is the id of, and what the field is called."""
FIELDS = {"logo_ref": "logo"}
MOMENTS = {"valid_from", "valid_until"}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened: who, by which way, what, when and why.

    ``before`` and ``after`` hold the fields that changed: on creation all of them are in ``after``, on
    deletion in ``before``. Of an assignment, ``other`` is what was put into ``subject`` or taken out of
    it. Values are plain, moments or Things; secrets are HIDDEN.
    """

    position: Position
    at: datetime
    actor: str
    way: str
    reason: str
    action: Action
    subject: Thing
    other: Thing | None
    before: dict[str, Any]
    after: dict[str, Any]


def changes_of(events: Sequence[Event]) -> list[Change]:
    """Return events as changes, with their names read in a number of queries that does not grow."""
    named = things(key for event in events for key in _mentioned(event))
    return [_change(event, named) for event in events]


def _mentioned(event: Event) -> Iterator[Key]:
    table = TABLES[event.table]
    yield table.type, event.row[table.column]
    if table.put:
        yield table.put, event.row[table.put_column]
    for row in (event.row, event.before or {}):
        yield from ((REFERENCES[column], row[column]) for column in REFERENCES if row.get(column) is not None)


def _change(event: Event, named: Mapping[Key, Thing]) -> Change:
    table = TABLES[event.table]
    context = event.context or {}
    action, before, after = _told(event, put=table.put is not None)
    return Change(
        position=Position(event.xid, event.number),
        at=event.at,
        actor=context.get("actor", ""),
        way=context.get("way", "database"),
        reason=context.get("reason", ""),
        action=action,
        subject=named[table.type, event.row[table.column]],
        other=named[table.put, event.row[table.put_column]] if table.put else None,
        before=_fields(before, named),
        after=_fields(after, named),
    )


def _told(event: Event, *, put: bool) -> tuple[Action, dict[str, Any], dict[str, Any]]:
    """Return what happened to the row, and those of its old and new columns that are to be told."""
    if put:
        return ("assigned" if event.label == "insert" else "unassigned"), {}, {}
    if event.label in SECRETS:
        hidden = {SECRETS[event.label]: HIDDEN}
        return "changed", hidden, hidden
    row = {column: event.row[column] for column in _columns(TABLES[event.table].type) if column in event.row}
    if event.label == "insert":
        return "created", {}, row
    if event.label == "delete":
        return "deleted", row, {}
    if event.before is None:  # from before old values were kept
        return "changed", {}, row
    old = {column: event.before[column] for column in row if column in event.before}
    return "changed", old, {column: row[column] for column in old}


def _columns(kind: str) -> list[str]:
    """Return the columns to tell of, in the order of the model: JSON keeps none."""
    return [str(field.column) for field in NAMED[kind][0]._meta.concrete_fields if not field.primary_key]


def _fields(columns: Mapping[str, Any], named: Mapping[Key, Thing]) -> dict[str, Any]:
    fields = {}
    for column, value in columns.items():
        if value is not None and column in MOMENTS:
            value = datetime.fromisoformat(value).astimezone(UTC)
        if column in REFERENCES:
            fields[REFERENCES[column]] = None if value is None else named[REFERENCES[column], value]
        else:
            fields[FIELDS.get(column, column)] = value
    return fields
