"""Tariffs, packages and channels by the names that a file has for them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import models

from catalog.models import Package, Tariff
from channels.models import Channel
from subscribers.csv.format import Problem
from subscribers.csv.words import say

NAMES_TOLD = 10
LETTERS_TOLD = 100


class Named(NamedTuple):
    """Rows that a file names, and where their ids go."""

    model: type[models.Model]
    column: str
    ids: str
    unknown: str


NAMED = {
    "tariffs": Named(Tariff, "name", "tariff_ids", "no_tariff"),
    "packages": Named(Package, "name", "package_ids", "no_package"),
    "channels": Named(Channel, "stream_name", "channel_ids", "no_channel"),
}
COLUMN_OF_IDS = {named.ids: column for column, named in NAMED.items()}


def put_ids(users: Sequence[tuple[dict[str, Any], dict[str, list[str]]]]) -> dict[type[models.Model], set[int]]:
    """Put ids in the place of names, and return all ids; each kind takes one query.

    Each user comes with what the file says, and with what is wrong with that by column: names that nothing has.
    """
    known = {}
    for column, named in NAMED.items():
        wanted = {name for told, _ in users for name in told.get(column, ()) if "\0" not in name}
        found = _ids(named, wanted)
        known[named.model] = set(found.values())
        for told, wrong in users:
            if column not in told:
                continue
            names = told.pop(column)
            told[named.ids] = [found[name] for name in names if name in found]
            if missing := [name[:LETTERS_TOLD] for name in names if name not in found]:
                wrong[column] = [say(Problem(named.unknown, {"names": _in_words(missing)}))]
    return known


def _ids(named: Named, names: set[str]) -> dict[str, int]:
    if not names:
        return {}
    rows = named.model._default_manager.filter(**{f"{named.column}__in": names}).order_by()
    return dict(rows.values_list(named.column, "pk"))


def _in_words(names: list[str]) -> str:
    return ", ".join([*names[:NAMES_TOLD], *(["…"] if len(names) > NAMES_TOLD else [])])
