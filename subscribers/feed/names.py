"""What the things of the history are called: by their rows, or by the history's last word on what is gone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from catalog.models import Package, Tariff
from channels.models import Channel, Group, Source
from subscribers.models import Subscriber


@dataclass(frozen=True, slots=True)
class Thing:
    """What a change is about. The label is its name, or the last one where it is gone; empty where nobody knows."""

    type: str
    id: int
    label: str = ""
    gone: bool = False


# The model; the columns that its name is made of; those of them that its events have.
NAMED: dict[str, tuple[type[models.Model], tuple[str, ...], tuple[str, ...]]] = {
    "subscriber": (Subscriber, *2 * (("last_name", "first_name", "agreement_number"),)),
    "package": (Package, *2 * (("name",),)),
    "tariff": (Tariff, *2 * (("name",),)),
    "group": (Group, *2 * (("name",),)),
    "channel": (Channel, ("display_name", "stream_name"), ("stream_name",)),
    "source": (Source, ("name",), ()),
}
EVENTS = {
    "subscriber": "subscribers.SubscriberEvent",
    "package": "catalog.PackageEvent",
    "tariff": "catalog.TariffEvent",
    "group": "channels.GroupEvent",
    "channel": "channels.ChannelEvent",
}

Key = tuple[str, int]


def things(keys: Iterable[Key]) -> dict[Key, Thing]:
    """Return the things with their names, in at most two queries for each type."""
    ids: dict[str, set[int]] = defaultdict(set)
    for kind, pk in keys:
        ids[kind].add(pk)
    return {(thing.type, thing.id): thing for kind in ids for thing in _of_type(kind, ids[kind])}


def _of_type(kind: str, ids: set[int]) -> Iterator[Thing]:
    model, columns, kept = NAMED[kind]
    # The columns of the name only: a channel's picture is none of them.
    rows = list(model._default_manager.filter(pk__in=ids).values_list("pk", *columns))
    gone = ids - {pk for pk, *_ in rows}
    last_names = _last_names(kind, model, kept, gone) if gone and kept else {}
    yield from (Thing(kind, pk, _label(model, columns, values)) for pk, *values in rows)
    yield from (Thing(kind, pk, last_names.get(pk, ""), gone=True) for pk in gone)


def _last_names(kind: str, model: type[models.Model], columns: tuple[str, ...], gone: set[int]) -> dict[int, str]:
    events: Any = apps.get_model(EVENTS[kind])._default_manager
    last = events.filter(pgh_obj__in=gone).order_by("pgh_obj_id", "-pgh_id").distinct("pgh_obj_id")
    return {pk: _label(model, columns, values) for pk, *values in last.values_list("pgh_obj_id", *columns)}


def _label(model: type[models.Model], columns: tuple[str, ...], values: list[Any]) -> str:
    return str(model(**dict(zip(columns, values, strict=True))))
