"""Playlists over HTTP, nothing cached; the floor reads the same rows by the same SQL in the same chunks."""

from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from django.utils import timezone

from benchmarks.environment import web_server
from benchmarks.measure import Result, alternate, say
from benchmarks.rows import (
    add_channels,
    add_package,
    add_subscribers,
    add_tariff,
    empty,
    give,
    settle,
)
from playlists.account import account_by_token
from playlists.entries import playlist_columns
from playlists.held import ROWS_AT_ONCE, held_rows
from subscribers.models import Subscriber

SIZES = (200, 2_000, 20_000, 89_676)
ROUNDS = 5
SMALL = 200


def run(*, quick: bool) -> Iterator[Result]:
    sizes = SIZES[:2] if quick else SIZES
    say(f"{sizes[-1]:,} channels and {len(sizes)} subscribers")
    subscribers = _add_rows(sizes)
    for size, subscriber in zip(sizes, subscribers, strict=True):
        say(f"playlist of {size:,} channels")
        # A server of its own each time: memory that the last playlist left free would hide what this one takes.
        with web_server(CONTENT_CACHE_MEGABYTES="0") as server:
            player = HTTPConnection(server.host, server.port, timeout=60)
            _fetch(player, subscribers[0])
            yield _measured(player, subscriber, size, server.worker)


def _fetch(player: HTTPConnection, subscriber: Subscriber) -> bytes:
    player.request("GET", f"/playlist/{subscriber.token}.m3u8")
    response = player.getresponse()
    assert response.status == HTTPStatus.OK, response.status
    return response.read()


def _measured(player: HTTPConnection, subscriber: Subscriber, size: int, worker: int) -> Result:
    body = b""

    def fetch() -> None:
        nonlocal body
        body = _fetch(player, subscriber)

    with psycopg.connect(settings.DATABASE_URL) as database:
        floor = floor_of(database, subscriber, size, playlist_columns())
        timing = alternate(fetch, floor, rounds=ROUNDS if size > SMALL else 50, pid=worker)
    assert body.count(b"#EXTINF") == size, f"the playlist has {body.count(b'#EXTINF')} channels"
    facts = f"a body of {len(body) / 1e6:.1f} MB, memory grew by {(timing.growth or 0) / 1e6:.1f} MB"
    if size == SMALL:
        return Result("playlist", size, timing, max_seconds=0.015, facts=(facts,))
    return Result(
        "playlist",
        size,
        timing,
        max_ratio=3 if size >= 20_000 else None,
        max_growth=3 * len(body) if size >= 20_000 else None,
        facts=(facts,),
    )


def floor_of(
    database: psycopg.Connection, subscriber: Subscriber, size: int, columns: tuple[Any, ...]
) -> Callable[[], None]:
    """Return what reads the rows of a list by the same statement, in the same chunks."""
    sql, params = _sql_of(subscriber, columns)

    def read() -> None:
        with database.cursor() as cursor:
            cursor.execute(sql, params)
            rows = 0
            while chunk := cursor.fetchmany(ROWS_AT_ONCE):
                rows += len(chunk)
        assert rows == size

    return read


def _sql_of(subscriber: Subscriber, columns: tuple[Any, ...]) -> tuple[str, Any]:
    """Return the statement that a list is made from."""
    seen: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append((sql, params))
        return execute(sql, params, many, context)

    account = account_by_token(subscriber.token, now=timezone.now())
    assert account is not None
    with connection.execute_wrapper(note):
        list(held_rows(account, columns))
    (statement,) = seen
    return statement


def _add_rows(sizes: Sequence[int]) -> list[Subscriber]:
    """Add channels, and for each size a subscriber who has so many: half by a tariff, half by a package, some twice."""
    empty()
    channels = add_channels(sizes[-1])
    subscribers = add_subscribers(len(sizes))
    for size, subscriber in zip(sizes, subscribers, strict=True):
        held = channels[:size]
        half = size // 2
        by_tariff = add_package(f"{size} by tariff", held[half - size // 10 :])
        give("tariff", add_tariff(f"{size}", by_tariff), [subscriber])
        give("package", add_package(f"{size} by package", held[:half]), [subscriber])
        give("channel", held[0], [subscriber])
    settle()
    return list(Subscriber.objects.filter(pk__in=subscribers).order_by("pk"))
