"""Subscribers as a CSV file that an import reads back without a change. Tokens and passwords are no part of it."""

import codecs
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import models
from django.utils import timezone

from subscribers.csv.format import COLUMNS, written
from subscribers.csv.names import NAMED
from subscribers.csv.values import NAMES, moment_cell, names_cell, text_cell
from subscribers.models import Subscriber

CHUNK = 2_000
OWN_COLUMNS = tuple(column for column in COLUMNS if column not in NAMES)


def export(ids: Sequence[int]) -> Iterator[bytes]:
    """Yield the file for these subscribers in this order, in chunks that take four queries each."""
    yield codecs.BOM_UTF8 + written([COLUMNS])
    for start in range(0, len(ids), CHUNK):
        yield written(_rows(ids[start : start + CHUNK]))


def _rows(ids: Sequence[int]) -> Iterator[list[str]]:
    zone = timezone.get_default_timezone()
    found = Subscriber.objects.filter(pk__in=ids).order_by()
    subscribers = {row["pk"]: row for row in found.values("pk", *OWN_COLUMNS)}
    held = {kind: _names(kind, ids) for kind in NAMES}
    for pk in ids:
        if (row := subscribers.get(pk)) is None:
            continue  # deleted since the list was read
        cells = {
            "max_sessions": str(row["max_sessions"]),
            "valid_from": moment_cell(row["valid_from"], zone, end=False),
            "valid_until": moment_cell(row["valid_until"], zone, end=True),
            **{kind: names_cell(held[kind].get(pk, ())) for kind in NAMES},
        }
        yield [cells[column] if column in cells else text_cell(row[column]) for column in COLUMNS]


def _names(kind: str, ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the names of what each subscriber holds of a kind, in order."""
    name = f"{kind.removesuffix('s')}__{NAMED[kind].column}"
    through: models.QuerySet[Any] = getattr(Subscriber, kind).through.objects.filter(subscriber__in=ids)
    names: dict[int, list[str]] = {}
    for owner, text in through.order_by("subscriber_id", name).values_list("subscriber_id", name):
        names.setdefault(owner, []).append(text)
    return names
