"""The streams that this service has made at Flussonic, as a sync meets them: they are channels of lists already."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.utils import timezone

from integrations.flussonic.push_sql import LEAVE_OUT, LOST
from integrations.models import PushedStream


def made_streams() -> list[str]:
    """Return the names of all of them. Ask before the list is read: one may be removed while it is."""
    return list(PushedStream.objects.filter(is_ours=True).order_by().values_list("stream_name", flat=True))


def leave_out(cursor: Any, made: Collection[str]) -> int:
    """Take them out of the staged streams, those that were made since too, and return how many were there."""
    cursor.execute(LEAVE_OUT, {"names": list(made)})
    return int(cursor.rowcount)


def make_lost_again(cursor: Any, *, before: datetime) -> None:
    """Have those made that were there before this moment and are not among the staged streams: somebody removed them,

    or the server is another one.
    """
    cursor.execute(LOST, {"since": before, "now": timezone.now()})
