"""Viewers of the stand-in, which asks the live service who may watch."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from demo.flussonic import FlussonicStandIn
from demo.flussonic_media import Media
from demo.tests.flussonic.calls import call
from subscribers.models import Subscriber

SECRET = "a-secret-of-24-letters--"


@contextmanager
def asking_flussonic(service_url: str, *streams: str, media: Media | None = None) -> Iterator[FlussonicStandIn]:
    """Run a Flussonic with these streams that asks the service, which has to know ``SECRET``."""
    on_play = f"{service_url}/flussonic/auth/{SECRET}"
    with FlussonicStandIn([{"name": name} for name in streams], on_play=on_play, media=media) as server:
        yield server


def play(server: FlussonicStandIn, who: Subscriber, stream: str, *, player: str = "box") -> int:
    """Fetch a stream's playlist as a player does, and return the status."""
    return call(f"{server.url}/{quote(stream)}/video.m3u8?token={who.token}", **{"User-Agent": player})[0]


def watched(server: FlussonicStandIn) -> set[tuple[str, str]]:
    """Return who watches what at this moment."""
    return {(session["user_id"], session["name"]) for session in list(server.sessions.values())}
