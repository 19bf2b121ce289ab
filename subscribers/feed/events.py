"""The history as the database keeps it: ten tables of events, read as one."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from django.db import connection

Type = Literal["subscriber", "package", "tariff", "group", "channel"]
TYPES: tuple[Type, ...] = ("subscriber", "package", "tariff", "group", "channel")
WAYS = ("admin", "api", "command", "worker", "database")
"""How a change came in; the last is SQL that said nothing of itself."""


class Position(NamedTuple):
    """A place in the order of all events: the number of the transaction, then of the event."""

    xid: int
    number: int


class EventTable(NamedTuple):
    """Whose events a table has; where it tells what is put where, also what is put there."""

    name: str
    type: Type
    column: str = "pgh_obj_id"
    put: Type | None = None
    put_column: str = ""


TABLES = (
    EventTable("channels_groupevent", "group"),
    EventTable("channels_channelevent", "channel"),
    EventTable("catalog_packageevent", "package"),
    EventTable("catalog_tariffevent", "tariff"),
    EventTable("subscribers_subscriberevent", "subscriber"),
    EventTable("catalog_packagechannelevent", "package", "package_id", "channel", "channel_id"),
    EventTable("catalog_tariffpackageevent", "tariff", "tariff_id", "package", "package_id"),
    EventTable("subscribers_subscribertariffevent", "subscriber", "subscriber_id", "tariff", "tariff_id"),
    EventTable("subscribers_subscriberpackageevent", "subscriber", "subscriber_id", "package", "package_id"),
    EventTable("subscribers_subscriberchannelevent", "subscriber", "subscriber_id", "channel", "channel_id"),
)


class Event(NamedTuple):
    """One event as it is kept: the row after a change (before, for a deletion), by column."""

    xid: int
    number: int
    table: int
    at: datetime
    label: str
    row: dict[str, Any]
    before: dict[str, Any] | None
    context: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events to read. What is put somewhere concerns both ends; ``visible`` limits whose events they are."""

    type: str = ""
    id: int | None = None
    actor: str = ""
    way: str = ""
    begin: datetime | None = None
    end: datetime | None = None
    visible: Collection[str] = TYPES


EVERYTHING = Selection()
BRANCH = """(
    SELECT event.pgh_xid, event.pgh_number, {index}, event.pgh_created_at, event.pgh_label,
        to_jsonb(event) - 'pgh_before', event.pgh_before, context.metadata
    FROM {table} event LEFT JOIN pghistory_context context ON context.id = event.pgh_context_id
    WHERE {conditions}
    ORDER BY event.pgh_xid {direction}, event.pgh_number {direction} LIMIT {limit}
)"""


def oldest_events(selection: Selection, *, after: Position, below: int, limit: int) -> list[Event]:
    """Return the first events after a position, in order, of transactions with lower numbers than ``below``."""
    bounds = "(event.pgh_xid, event.pgh_number) > (%s, %s) AND event.pgh_xid < %s"
    return _read(selection, bounds, [*after, below], "ASC", limit)


def newest_events(selection: Selection, *, before: Position | None, limit: int) -> list[Event]:
    """Return the last events, or the last ones before a position, newest first."""
    if before is None:
        return _read(selection, "true", [], "DESC", limit)
    return _read(selection, "(event.pgh_xid, event.pgh_number) < (%s, %s)", [*before], "DESC", limit)


def _read(selection: Selection, bounds: str, values: list[Any], direction: str, limit: int) -> list[Event]:
    """Read each table by its own index, as many rows as all tables together may give."""
    branches: list[str] = []
    params: list[Any] = []
    for index, table in enumerate(TABLES):
        if not _concerns(selection, table):
            continue
        wanted, wanted_values = _conditions(selection, table)
        conditions = " AND ".join([bounds, *wanted])
        branches.append(
            BRANCH.format(index=index, table=table.name, conditions=conditions, direction=direction, limit=int(limit))
        )
        params += [*values, *wanted_values]
    if not branches:
        return []
    order = f"ORDER BY 1 {direction}, 2 {direction} LIMIT {int(limit)}"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({' UNION ALL '.join(branches)}) AS events {order}", params)
        return [Event(*row[:5], *(value and json.loads(value) for value in row[5:])) for row in cursor.fetchall()]


def _concerns(selection: Selection, table: EventTable) -> bool:
    return table.type in selection.visible and selection.type in ("", table.type, table.put)


def _conditions(selection: Selection, table: EventTable) -> tuple[list[str], list[Any]]:
    """Return what the rows of a table have to meet, as SQL, and its values."""
    found: list[tuple[str, list[Any]]] = []
    if selection.id is not None:
        ends = {table.type: table.column, table.put: table.put_column}
        columns = [column for end, column in ends.items() if column and selection.type in ("", end)]
        found.append((f"({' OR '.join(f'event.{column} = %s' for column in columns)})", [selection.id] * len(columns)))
    if selection.actor:
        found.append(("context.metadata->>'actor' = %s", [selection.actor]))
    if selection.way == "database":
        found.append(("context.metadata->>'way' IS NULL", []))
    elif selection.way:
        found.append(("context.metadata->>'way' = %s", [selection.way]))
    if selection.begin:
        found.append(("event.pgh_created_at >= %s", [selection.begin]))
    if selection.end:
        found.append(("event.pgh_created_at < %s", [selection.end]))
    return [condition for condition, _ in found], [value for _, values in found for value in values]
