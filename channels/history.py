"""How the database keeps history: pghistory's trackers, in an order that can be followed, linear for many rows."""

from typing import Any

import pghistory
import pgtrigger
from django.db import models
from django.db.models import BigIntegerField, Func, TextField, Value
from django.db.models.functions import Cast
from pghistory import models as pghistory_models
from pghistory import trigger as pghistory_trigger

NUMBERS = "history_number"
"""The sequence that all tables of events share."""


class Event(pghistory_models.Event):
    """What every entry of the history tells besides the row.

    Numbers are taken before the commit, so a lower one may become visible later. The number of the
    transaction tells when that can no longer happen: no transaction below the oldest open one will
    ever write again. ``(pgh_xid, pgh_number)`` is thus an order that a reader can follow without
    missing anything. The database fills both in, as the triggers leave them out.
    """

    pgh_xid: "models.BigIntegerField[int, int]" = models.BigIntegerField(
        db_default=Cast(
            Cast(Func(function="pg_current_xact_id", output_field=TextField()), TextField()), BigIntegerField()
        )
    )
    pgh_number: "models.BigIntegerField[int, int]" = models.BigIntegerField(
        db_default=Func(Value(NUMBERS), function="nextval", output_field=BigIntegerField())
    )
    # Columns that an update changed, as they were: the entry before may be gone by the time somebody asks.
    pgh_before = models.JSONField(null=True)

    class Meta:
        abstract = True


class LinearEvent(pghistory_trigger.Event):
    """A history trigger for updates that keeps the old values too, and never joins by a nested loop.

    A trigger function keeps the plan of its first call in each session. After a change of one row
    that plan may be a nested loop, which takes hours for a sync's update of all channels.
    """

    def get_func(self, model: models.Model) -> pgtrigger.Func:
        body = super().get_func(model).func  # type: ignore[no-untyped-call]
        for place, instead in (
            ('" (', '" ("pgh_before", '),
            (") SELECT ", ") SELECT new_values.pgh_before, "),
            ("SELECT new_values.* ", f"SELECT new_values.*, {self._old_values()} AS pgh_before "),
            ("RETURN NULL;", "PERFORM set_config('enable_nestloop', 'on', true); RETURN NULL;"),
        ):
            assert body.count(place) == 1, f"pghistory writes its triggers in another way now: {place!r}"
            body = body.replace(place, instead)
        return pgtrigger.Func(  # type: ignore[no-untyped-call]
            "PERFORM set_config('enable_nestloop', 'off', true); " + body
        )

    def _old_values(self) -> str:
        events: Any = self.event_model
        tracked = {field.name for field in events.pgh_tracked_model._meta.fields}
        columns = [field.column for field in events._meta.fields if field.name in tracked]
        return " || ".join(
            f'CASE WHEN old_values."{column}" IS DISTINCT FROM new_values."{column}" '
            f"THEN jsonb_build_object('{column}', old_values.\"{column}\") ELSE jsonb_build_object() END"
            for column in columns
        )


class UpdateEvent(pghistory.UpdateEvent):
    """Like pghistory's, for rows that change by the thousand, and with the old values."""

    def add_event_trigger(self, event_model: type[models.Model]) -> None:
        trigger = LinearEvent(  # type: ignore[no-untyped-call]
            event_model=event_model,
            label=self.label,
            name=self.trigger_name,
            row=self.row,
            operation=self.operation,
            condition=self.condition,
            level=self.level,
        )
        pgtrigger.register(trigger)(event_model.pgh_tracked_model)  # type: ignore[attr-defined]


def track(*trackers: pghistory.Tracker, **options: Any) -> Any:
    """Let the database keep a model's history, as ``pghistory.track`` does, with an index to follow it by."""
    in_order = models.Index(fields=["pgh_xid", "pgh_number"])
    return pghistory.track(*trackers, base_model=Event, meta={"indexes": [in_order]}, **options)


def unindexed(model: str, **options: Any) -> "models.ForeignKey[Any, Any]":
    """Return a reference by which nobody looks for entries: an import writes as many of them as it adds channels."""
    return models.ForeignKey(model, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False, **options)
