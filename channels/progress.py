"""What the records of long work have in common that a worker does while staff look on."""

from typing import Any

from django.db import models


class InProgress(models.Model):
    """A record with a ``state``; in those of ``AT_WORK`` the work goes on, or waits for the worker."""

    AT_WORK: tuple[str, ...] = ()

    class Meta:
        abstract = True

    @property
    def at_work(self) -> bool:
        state: str = self.state  # type: ignore[attr-defined]  # each has states of its own
        return state in self.AT_WORK

    def save_progress(self, **values: Any) -> None:
        """Write these columns and no others."""
        for name, value in values.items():
            setattr(self, name, value)
        type(self)._base_manager.filter(pk=self.pk).update(**values)
