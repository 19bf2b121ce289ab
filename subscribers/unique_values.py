"""Who has which user name and external ID, for many subscribers together."""

from collections.abc import Iterable, Mapping
from typing import Any

from subscribers.models import Subscriber


class UniqueValues:
    """Who has which user name and external ID: in the database, and after the steps that are planned already."""

    COLUMNS = ("username", "external_id")

    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], str | None] = {}
        self.planned: dict[tuple[str, str], str | None] = {}

    def look_up(self, users: Iterable[Mapping[str, Any]]) -> None:
        """Ask the database about all values that the users have."""
        self.stored.clear()
        for column in self.COLUMNS:
            wanted = {value.strip() for user in users if isinstance(value := user.get(column), str)}
            found = Subscriber.objects.filter(**{f"{column}__in": {text for text in wanted if "\0" not in text}})
            self.stored |= {
                (column, value): number for value, number in found.values_list(column, "agreement_number") if wanted
            }

    def taken(self, number: str, values: Mapping[str, Any]) -> list[str]:
        """Return the columns whose values somebody else has."""
        keys = [(column, values[column]) for column in self.COLUMNS if values.get(column) is not None]
        return [key[0] for key in keys if self.planned.get(key, self.stored.get(key)) not in (None, number)]

    def plan(self, number: str, subscriber: Subscriber | None, values: Mapping[str, Any]) -> None:
        for column in self.COLUMNS:
            if column in values:
                if old := getattr(subscriber, column, None):
                    self.planned[column, old] = None
                if values[column] is not None:
                    self.planned[column, values[column]] = number


def taken_message(column: str) -> str:
    """Return what the model says of a value that somebody else has."""
    messages: Any = Subscriber._meta.get_field(column)
    return str(messages.error_messages["unique"])
