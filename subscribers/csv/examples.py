"""What an import would do, by some of its rows: a wrong column or alphabet is seen before it is written."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone

from subscribers.csv.importing import Tally
from subscribers.csv.names import NAMED
from subscribers.csv.values import moment_cell
from subscribers.many import Held
from subscribers.models import Subscriber

NEW_SHOWN = 5
CHANGED_SHOWN = 20
NAMES_SHOWN = 10
MOST_LETTERS = 100


def add_examples(examples: list[dict[str, Any]], tally: Tally) -> None:
    """Add the first rows of each kind, as JSON: the user's name, and old and new of what would change."""
    room = {"created": NEW_SHOWN, "updated": CHANGED_SHOWN}
    for example in examples:
        room[example["result"]] -= 1
    chosen = []
    for line, step in tally.steps:
        if room.get(step.result, 0):
            room[step.result] -= 1
            chosen.append((line, step))
    if not chosen:
        return
    names = _names([step.values for _, step in chosen], [step.subscriber for _, step in chosen], tally.held)
    for line, step in chosen:
        examples.append(
            {
                "line": line,
                "result": step.result,
                "agreement_number": step.number,
                "fields": list(_fields(step.values, step.subscriber, tally.held, names)),
            }
        )


def _names(
    values: Iterable[Mapping[str, Any]], subscribers: Iterable[Subscriber | None], held: Held
) -> dict[str, dict[int, str]]:
    """Return the names of all that is held before or after."""
    owners = [subscriber.pk for subscriber in subscribers if subscriber]
    changes = list(values)
    names: dict[str, dict[int, str]] = {}
    for kind, (model, column, *_) in NAMED.items():
        ids = {pk for change in changes for pk in change.get(kind, ())}
        ids.update(pk for owner in owners for pk in held[kind].get(owner, ()))
        rows: models.QuerySet[Any] = model._default_manager.filter(pk__in=ids).order_by()
        names[kind] = dict(rows.values_list("pk", column)) if ids else {}
    return names


def _fields(
    values: Mapping[str, Any], subscriber: Subscriber | None, held: Held, names: Mapping[str, Mapping[int, str]]
) -> Iterable[list[str]]:
    for name, new in values.items():
        if name == "agreement_number":
            continue
        if name in names:
            before = held[name].get(subscriber.pk, ()) if subscriber else ()
            old_text, new_text = (_joined(names[name][pk] for pk in ids if pk in names[name]) for ids in (before, new))
        else:
            old_text, new_text = _text(name, getattr(subscriber, name, None)), _text(name, new)
        yield [name, old_text, new_text]


def _joined(names: Iterable[str]) -> str:
    known = sorted(names)
    return "; ".join(known[:NAMES_SHOWN]) + (f"; … ({len(known)})" if len(known) > NAMES_SHOWN else "")


def _text(name: str, value: Any) -> str:
    if isinstance(value, datetime):
        return moment_cell(value, timezone.get_default_timezone(), end=name == "valid_until")
    text = "" if value is None else str(value)
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"
