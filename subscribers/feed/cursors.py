"""Cursors: how far a reader of the changes has come, and whether it can go on from there."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import blake2b
from struct import Struct
from struct import error as StructError  # noqa: N812  # it is an exception
from typing import Self

from django.db import connection

from subscribers.feed.events import TABLES, Position
from subscribers.models import HistoryFloor

LAYOUT = Struct(">8sQQ")
AFTER_ALL = 2**63 - 1
"""A number of an event that none reaches."""

NO_CURSOR = "This is no cursor: leave it out to begin at the oldest change."
SERVER = f"""
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
        (SELECT system_identifier FROM pg_control_system()),
        left(pg_walfile_name(pg_current_wal_lsn()), 8),
        (SELECT oid FROM pg_database WHERE datname = current_database()),
        '{TABLES[0].name}'::regclass::oid
"""


class BadCursor(Exception):
    """The reader cannot go on from this cursor: read everything afresh, and follow from a new cursor."""


@dataclass(frozen=True, slots=True)
class Server:
    """The database at this moment.

    Whatever transactions below ``settled`` did can be seen by now, and none will do more. ``mark`` is
    another after the database came out of a backup or was taken over by a standby: transactions that
    a reader has seen may be undone there, and their numbers used again.
    """

    settled: int
    mark: bytes

    @classmethod
    def now(cls) -> Self:
        with connection.cursor() as cursor:
            cursor.execute(SERVER)
            settled, *origin = cursor.fetchone()
        return cls(settled, blake2b(repr(origin).encode(), digest_size=8).digest())

    @property
    def end(self) -> Position:
        """The place after everything that is settled."""
        return Position(self.settled - 1, AFTER_ALL)


def cursor_at(server: Server, position: Position) -> str:
    """Return the text that tells a reader nothing, and this service that all up to the position has been read."""
    return urlsafe_b64encode(LAYOUT.pack(server.mark, *position)).decode()


def position_of(cursor: str, server: Server) -> Position:
    """Return where a cursor stands. Raises BadCursor for what is none, or was made before a restore."""
    try:
        packed = urlsafe_b64decode(cursor.encode())
        mark, xid, number = LAYOUT.unpack(packed)
    except (ValueError, StructError) as exc:
        raise BadCursor(NO_CURSOR) from exc
    # Letters that are not of the alphabet are skipped in decoding: what comes out must be what went in.
    if urlsafe_b64encode(packed).decode() != cursor:
        raise BadCursor(NO_CURSOR)
    if mark != server.mark:
        raise BadCursor(
            "The database was restored since, and changes may be undone: read everything again and start anew."
        )
    if xid >= server.settled or number > AFTER_ALL:
        raise BadCursor(NO_CURSOR)
    return Position(xid, number)


def refuse_forgotten(position: Position) -> None:
    """Raise BadCursor where changes after the position have been forgotten. Ask after reading, not before."""
    floor = HistoryFloor.objects.values_list("xid", "number").first()
    if floor and position < Position(*floor):
        raise BadCursor(
            "Changes after this cursor are older than HISTORY_DAYS and forgotten: read everything again and start anew."
        )
