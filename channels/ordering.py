"""Change the order of rows that have a ``sort_order``, such as channels and groups.

Rows trade the positions that they already hold, so that rows outside the given ones (hidden by a
filter, on another page) keep theirs. Positions may be held twice, such as the 0 of rows that were
never sorted: those are told apart first, without a change of the order that is seen.
``updated_at`` stays: it is about what a row says, not about where it stands.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models, transaction
from django.utils.translation import gettext as _

# Rows that stand elsewhere already are left untouched.
PLACE = """
    UPDATE {table} SET sort_order = placed.sort_order
    FROM unnest(%s::bigint[], %s::int[]) AS placed (id, sort_order)
    WHERE {table}.id = placed.id AND {table}.sort_order <> placed.sort_order
"""
RENUMBER = """
    UPDATE {table} SET sort_order = numbered.sort_order
    FROM (SELECT id, row_number() OVER (ORDER BY sort_order, id) AS sort_order FROM {table}) AS numbered
    WHERE {table}.id = numbered.id AND {table}.sort_order <> numbered.sort_order
"""


class BadOrder(ValueError):
    """Show the message to the person, with the list as it is now: the list they saw is not the list that is."""


@transaction.atomic
def reorder(rows: "models.QuerySet[Any]", ids: Sequence[int], *, descending: bool = False) -> list[int]:
    """Put the rows with these ids into this order and return their positions, id by id.

    ``descending`` says that the ids are given from the last to the first. Takes a lock on the
    table's order, one SELECT and one UPDATE, and two statements more where positions were held
    twice. Raises BadOrder.
    """
    if len(set(ids)) != len(ids):
        raise BadOrder(_("A row is listed twice. Reload the page and try again."))
    _lock_order(rows.model)
    held = _positions(rows, ids)
    if len(held) != len(ids):
        raise BadOrder(_("Some of the rows are gone by now. Reload the page and try again."))
    if len(set(held)) != len(held):
        _execute(RENUMBER, rows.model)
        held = _positions(rows, ids)
    positions = sorted(held, reverse=descending)
    _execute(PLACE, rows.model, list(ids), positions)
    return positions


@transaction.atomic
def place(rows: "models.QuerySet[Any]", positions: Mapping[int, int]) -> None:
    """Give each of the rows, by its id, the position that is asked for; all others keep theirs. Raises BadOrder."""
    _lock_order(rows.model)
    if len(_positions(rows, list(positions))) != len(positions):
        raise BadOrder(_("Some of the rows are gone by now. Reload the page and try again."))
    _execute(PLACE, rows.model, list(positions), list(positions.values()))


@transaction.atomic
def move_to(rows: "models.QuerySet[Any]", ids: Sequence[int], position: int) -> None:
    """Move some of the rows so that the first of them becomes the ``position``-th of all, counted from 1.

    They keep their order among themselves; a position past the end means the end. Raises BadOrder.
    """
    moved = set(ids)
    _lock_order(rows.model)
    before = list(rows.order_by("sort_order", "pk").values_list("pk", flat=True))
    after = [pk for pk in before if pk not in moved]
    start = max(position - 1, 0)
    after[start:start] = [pk for pk in before if pk in moved]
    changed = [place for place, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    if changed:
        reorder(rows, after[changed[0] : changed[-1] + 1])


def _lock_order(model: type[models.Model]) -> None:
    """Let one change of this table's order through at a time: two at once would mix their positions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [model._meta.db_table])


def _positions(rows: "models.QuerySet[Any]", ids: Sequence[int]) -> list[int]:
    """Return the positions of the rows that are there, and keep others from changing these rows."""
    # A subquery, as a list's own joins and annotations must not be locked too.
    allowed = rows.filter(pk__in=ids).order_by().values("pk")
    locked = rows.model._default_manager.filter(pk__in=allowed).order_by("pk").select_for_update(no_key=True)
    return list(locked.values_list("sort_order", flat=True))


def _execute(sql: str, model: type[models.Model], *params: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.format(table=connection.ops.quote_name(model._meta.db_table)), params)
