"""Subscribers by the thousand: the same as `services` does for one, in a few statements for all."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import models, transaction

from subscribers.models import Subscriber
from subscribers.services import HOLDINGS, usual_end

Held = Mapping[str, Mapping[int, Mapping[int, int]]]
"""By tariffs, packages and channels: whoever holds which of them, by the id of the row that says so."""
CHANGED_AT_ONCE = 200  # the statement grows by rows and columns


def held_by(subscribers: Collection[Subscriber]) -> Held:
    """Return all that subscribers hold, in one query for each kind."""
    held: dict[str, dict[int, dict[int, int]]] = {name: {} for name in HOLDINGS}
    for name in HOLDINGS if subscribers else ():
        rows = _through(name).filter(subscriber__in=subscribers)
        for owner, thing, pk in rows.values_list("subscriber_id", _column(name), "pk"):
            held[name].setdefault(owner, {})[thing] = pk
    return held


@transaction.atomic
def create_all(new: Sequence[Mapping[str, Any]], *, now: datetime) -> list[Subscriber]:
    """Make subscribers, each of values as for `services.create`."""
    end = usual_end(now)
    columns = [{name: value for name, value in values.items() if name not in HOLDINGS} for values in new]
    made = Subscriber.objects.bulk_create([Subscriber(**{"valid_until": end, **values}) for values in columns])
    for name in HOLDINGS:
        _give(name, [(row.pk, thing) for row, values in zip(made, new, strict=True) for thing in values.get(name, ())])
    return made


@transaction.atomic
def change_all(changes: Sequence[tuple[Subscriber, Mapping[str, Any]]], held: Held, *, now: datetime) -> None:
    """Write what is different of each, as `services.differences` says; they must be locked, and held as ``held``."""
    columns = {name for _, values in changes for name in values} - {*HOLDINGS}
    altered = [subscriber for subscriber, values in changes if values.keys() & columns]
    for subscriber, values in changes:
        for name in values.keys() & columns:
            setattr(subscriber, name, values[name])
        subscriber.updated_at = now
    if altered:
        Subscriber.objects.bulk_update(altered, [*columns, "updated_at"], batch_size=CHANGED_AT_ONCE)
    for name in HOLDINGS:
        lost: list[int] = []
        won: list[tuple[int, int]] = []
        for subscriber, values in changes:
            if name in values:
                before = held[name].get(subscriber.pk, {})
                lost += [before[thing] for thing in before.keys() - {*values[name]}]
                won += [(subscriber.pk, thing) for thing in {*values[name]} - before.keys()]
        if lost:
            _through(name).filter(pk__in=lost).delete()
        _give(name, won)


def _give(name: str, pairs: Iterable[tuple[int, int]]) -> None:
    rows = _through(name)
    made = [rows.model(**{"subscriber_id": owner, _column(name): thing}) for owner, thing in pairs]
    if made:
        rows.bulk_create(made, batch_size=10_000, ignore_conflicts=True)


def _through(name: str) -> "models.QuerySet[Any]":
    through: models.QuerySet[Any] = getattr(Subscriber, name).through.objects.all()
    return through


def _column(name: str) -> str:
    return f"{name.removesuffix('s')}_id"
