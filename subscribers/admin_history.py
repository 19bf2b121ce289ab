"""The last changes of a subscriber, for the page about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from subscribers.feed.changes import Change
from subscribers.feed.events import Selection
from subscribers.feed.following import latest
from subscribers.models import Subscriber

SHOWN = 5
WORDS = {
    "created": ("good", _("created")),
    "changed": ("busy", _("changed")),
    "deleted": ("bad", _("deleted")),
    "assigned": ("good", _("given")),
    "unassigned": ("bad", _("taken away")),
}
KINDS = {"tariff": _("tariff"), "package": _("package"), "channel": _("channel")}


@dataclass(frozen=True, slots=True)
class Line:
    """A change as the page shows it."""

    change: Change
    tone: str
    word: Any
    kind: Any
    """Of what was given or taken away."""
    fields: list[tuple[str, str, str]]
    """Name, old and new value of what was changed."""


def last_changes(subscriber: Subscriber) -> list[Line]:
    selection = Selection(type="subscriber", id=subscriber.pk, visible=["subscriber"])
    return [_line(change) for change in latest(selection, limit=SHOWN)]


def _line(change: Change) -> Line:
    tone, word = WORDS[change.action]
    return Line(
        change=change,
        tone=tone,
        word=word,
        kind=KINDS[change.other.type] if change.other else "",
        fields=list(_fields(change)) if change.action == "changed" else [],
    )


def _fields(change: Change) -> Iterator[tuple[str, str, str]]:
    for name, new in change.after.items():
        title = Subscriber._meta.get_field(name).verbose_name  # type: ignore[union-attr]
        yield str(title), _shown(name, change.before.get(name)), _shown(name, new)


def _shown(name: str, value: Any) -> str:
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "Y-m-d H:i")
    if name == "status":
        return str(dict(Subscriber.Status.choices).get(value, value))
    return "" if value is None else str(value)
