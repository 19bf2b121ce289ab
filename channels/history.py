"""How the database keeps history: pghistory's trackers, kept linear for changes of many rows."""

import pghistory
import pgtrigger
from django.db import models
from pghistory.trigger import Event


class LinearEvent(Event):
    """A history trigger whose join of old and new rows never becomes a nested loop.

    A trigger function keeps the plan of its first call in each session. After a change of one row
    that plan may be a nested loop, which takes hours for a sync's update of all channels.
    """

    def get_func(self, model: models.Model) -> pgtrigger.Func:
        body = super().get_func(model).func  # type: ignore[no-untyped-call]
        assert body.endswith("RETURN NULL;")
        return pgtrigger.Func(  # type: ignore[no-untyped-call]
            "PERFORM set_config('enable_nestloop', 'off', true); "
            + body.removesuffix("RETURN NULL;")
            + "PERFORM set_config('enable_nestloop', 'on', true); RETURN NULL;"
        )


class UpdateEvent(pghistory.UpdateEvent):
    """Like pghistory's, for rows that change by the thousand."""

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
