"""Two people with the same form open: the second to save is told, and the first change is not undone unseen."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

OPENED = "_opened"
"""The field with the version of the row that the page was opened with."""


def version_of(row: Any) -> str:
    """Return what changes with every change of the row; empty for rows that keep no time of change."""
    changed = getattr(row, "updated_at", None) if row else None
    return changed.isoformat() if changed else ""


def refusing_stale(form: Any) -> Any:
    """Return the form, grown careful: it refuses to save over a change that its page does not show, once."""

    class Careful(form):  # type: ignore[misc]  # which one is known at run time only
        def clean(self) -> Any:
            cleaned = super().clean()
            opened = self.data.get(OPENED)
            if opened and self.instance.pk and opened != version_of(self.instance):
                raise ValidationError(
                    _(
                        "This was changed while you had it open; “History” tells by whom. Save again to write what "
                        "stands here now, or open the page anew to see the change."
                    ),
                    code="stale",
                )
            return cleaned

    return Careful
