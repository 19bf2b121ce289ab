"""Reading what happened: on from a cursor without missing anything, or backwards from now."""

from dataclasses import dataclass

from subscribers.feed.changes import Change, changes_of
from subscribers.feed.cursors import Server, cursor_at, position_of, refuse_forgotten
from subscribers.feed.events import EVERYTHING, Position, Selection, newest_events, oldest_events
from subscribers.feed.restored import renumber_restored

NOW = "now"
"""Instead of a cursor: begin with what comes next."""
BEGINNING = Position(0, 0)


@dataclass(frozen=True, slots=True)
class Page:
    """Changes in their order, the cursor that goes on after them, and whether there are more already."""

    changes: list[Change]
    cursor: str
    has_more: bool


def follow(since: str = "", *, limit: int = 100, selection: Selection = EVERYTHING) -> Page:
    """Return what happened after a cursor, or all that is kept. Who follows the cursors misses nothing.

    A change is handed out once no transaction that began to write before it is still open, so that none can
    appear before it any more. A transaction that stays open, in whichever database of the server, thus holds
    up what is written after it, and nothing is lost. Raises BadCursor.
    """
    renumber_restored()
    server = Server.now()
    if since == NOW:
        return Page([], cursor_at(server, server.end), has_more=False)
    after = position_of(since, server) if since else BEGINNING
    events = oldest_events(selection, after=after, below=server.settled, limit=limit + 1)
    if since:
        refuse_forgotten(after)
    has_more = len(events) > limit
    read = events[:limit]
    position = Position(read[-1].xid, read[-1].number) if has_more else max(after, server.end)
    return Page(changes_of(read), cursor_at(server, position), has_more)


def latest(selection: Selection = EVERYTHING, *, limit: int, before: Position | None = None) -> list[Change]:
    """Return the last changes, or the last ones before a position, newest first: all that can be seen now."""
    return changes_of(newest_events(selection, before=before, limit=limit))
