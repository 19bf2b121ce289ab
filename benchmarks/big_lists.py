"""Lists of all channels for one subscriber, as Xtream players and by token: made anew, and sent again.

Cold, the floor is the SQL that they are made of; warm, an answer with the same bytes from memory by the same server.
"""

import gzip
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.client import HTTPConnection

import psycopg
from django.conf import settings

from benchmarks.environment import WebServer, web_server
from benchmarks.measure import Result, Timing, alternate, say, seconds_of
from benchmarks.playlist import floor_of
from benchmarks.rows import add_channels, add_package, add_subscribers, empty, execute, give, settle
from playlists.entries import playlist_columns
from playlists.xtream.holdings import stream_columns
from subscribers.models import Subscriber
from subscribers.passwords import digest_of_generated

CHANNELS = 89_676
ROUNDS = 5
PASSWORD = "a-password-that-was-generated"
MANY = 10_000
WARMING_UP = 500


@dataclass(frozen=True)
class Player:
    connection: HTTPConnection
    path: str

    def fetch(self, path: str = "", **headers: str) -> tuple[int, bytes, str]:
        """Return status, body and ETag."""
        self.connection.request("GET", path or self.path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        response = self.connection.getresponse()
        assert response.status in (200, 304), response.status
        return response.status, response.read(), response.headers.get("ETag", "")


def run(*, quick: bool) -> Iterator[Result]:
    channels = 2_000 if quick else CHANNELS
    say(f"{channels:,} channels for one subscriber")
    subscriber = _add_rows(channels)
    account = f"/player_api.php?username=big&password={PASSWORD}&action=get_live_streams"
    for job, path, columns in (
        ("playlist", f"/playlist/{subscriber.token}.m3u8", playlist_columns()),
        ("get_live_streams", account, stream_columns()),
    ):
        say(job)
        with psycopg.connect(settings.DATABASE_URL) as database, _server(megabytes=0) as server:
            player = Player(HTTPConnection(server.host, server.port, timeout=60), path)
            player.fetch()
            timing = alternate(player.fetch, floor_of(database, subscriber, channels, columns), rounds=ROUNDS)
            yield Result(f"{job}, all anew", channels, timing, max_ratio=2)
        with _server(megabytes=128) as server:
            player = Player(HTTPConnection(server.host, server.port, timeout=60), path)
            yield from _warm(job, player, channels)
            yield _memory(job, player, server, MANY // 100 if quick else MANY)


def _server(*, megabytes: int) -> AbstractContextManager[WebServer]:
    return web_server(wsgi="benchmarks.floor_wsgi", CONTENT_CACHE_MEGABYTES=str(megabytes), BUFFER_SECONDS="1")


def _warm(job: str, player: Player, channels: int) -> Iterator[Result]:
    _, body, _ = player.fetch()
    timing = alternate(player.fetch, lambda: player.fetch(f"/memory?bytes={len(body)}"), rounds=ROUNDS * 3)
    yield Result(f"{job}, again", channels, timing, max_ratio=3, facts=(f"{len(body) / 1e6:.1f} MB",))
    _, compressed, etag = player.fetch(Accept_Encoding="gzip")
    assert gzip.decompress(compressed) == body
    seconds = min(seconds_of(lambda: player.fetch(Accept_Encoding="gzip")) for _ in range(ROUNDS))
    fact = f"compressed {len(compressed) / 1e6:.1f} MB in {seconds * 1000:.0f} ms"
    if not etag:
        yield Result(f"{job}, again, gzip", channels, Timing(seconds, timing.floor, None, None), facts=(fact,))
        return
    status = player.fetch(If_None_Match=etag)[0]
    assert status == 304, status
    unchanged = min(seconds_of(lambda: player.fetch(If_None_Match=etag)) for _ in range(50))
    yield Result(f"{job}, 304", channels, Timing(unchanged, timing.floor, None, None), max_seconds=0.005, facts=(fact,))


def _memory(job: str, player: Player, server: WebServer, many: int) -> Result:
    """Fetch small lists many times: the memory of the process that answers must not grow."""
    small = Subscriber.objects.get(username="small")
    path = player.path.replace("username=big", "username=small")
    if "/playlist/" in path:
        path = f"/playlist/{small.token}.m3u8"
    few = Player(player.connection, path)

    def fetch(times: int) -> None:
        for _ in range(times):
            status, *_ = few.fetch()
            assert status == 200, status

    fetch(WARMING_UP)
    timing = alternate(
        lambda: fetch(many), lambda: [few.fetch("/empty") for _ in range(many)], rounds=1, pid=server.worker
    )
    fact = f"after {many:,} requests the process had grown by {(timing.growth or 0) / 1e6:.1f} MB"
    return Result(f"{job} of 200, many times", many, timing, max_growth=8 * 1024 * 1024, facts=(fact,))


def _add_rows(channels: int) -> Subscriber:
    empty()
    ids = add_channels(channels)
    big, small = add_subscribers(2)
    give("package", add_package("all", ids), [big])
    give("package", add_package("some", ids[:200]), [small])
    for person, name in ((big, "big"), (small, "small")):
        execute(
            "UPDATE subscribers_subscriber SET username = %s, password_digest = %s WHERE id = %s",
            [name, digest_of_generated(PASSWORD), person],
        )
    settle()
    return Subscriber.objects.get(pk=big)
