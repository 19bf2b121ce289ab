"""A town comes home: what players ask, from outside, of gunicorn as in production; the floor is a view that is empty.

100,000 subscribers of 200 channels each, by a tariff and an add-on, and one in ten has two channels besides: what they
hold is alike in 1,560 ways that many share, and 10,000 that nobody does. Cold is a server that has just started: every
request is another subscriber's first.
"""

import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any

from django.db import transaction

from benchmarks.environment import WebServer, web_server
from benchmarks.measure import Memory, Result, Timing, say
from benchmarks.rows import add_channels, add_package, add_subscribers, add_tariff, empty, execute, give, settle
from benchmarks.wrk import CONNECTIONS, Load, load
from subscribers.models import Subscriber
from subscribers.passwords import digest_of_generated

SUBSCRIBERS, CHANNELS = 100_000, 20_000
PACKAGES, OF_PACKAGE = 40, 100
"""40 tariffs of one package, and 40 add-ons of another."""
PASSWORD = "a-password-that-was-generated"
SECONDS = 10.0
ROUNDS = 5
WRITING_SECONDS = 20.0
"""What was noted of those who came for the first time is written meanwhile, and vacuumed away what that left."""
HALF_OF_FLOOR, QUARTER_OF_FLOOR = 2.0, 4.0
MOST_P99 = 0.1
SECRET = "a-secret-of-the-benchmark"
PROCESSES = 2
# Else whichever process wakes first takes nearly all of wrk's connections, which come at once, and half of the machine
# waits: rates would be bimodal, half of what they are in one run of two.
SETTINGS = {
    "FLUSSONIC_AUTH_SECRET": SECRET,
    "GUNICORN_CMD_ARGS": f"--worker-connections={CONNECTIONS // PROCESSES}",
}
# Without rows of days before, PostgreSQL plans for tables that it knows to be empty: it would read all of what is noted
# of the first thousands, at each request, until it looks again a minute later.
YESTERDAY = """
    INSERT INTO subscribers_activity (
        key, subscriber_id, kind, protocol, user_agent, started_at, last_at, times, bytes, counted
    )
    SELECT 'yesterday ' || id, id, 'account', '', '', now() - interval '1 day', now() - interval '1 day', 1, 0, 0
    FROM subscribers_subscriber;
    INSERT INTO subscribers_playlistversion (subscriber_id, variant, etag, changed_at)
    SELECT id, 'another', md5(id::text), now() - interval '1 day' FROM subscribers_subscriber
"""
PLAYER_API = "/player_api.php?username={name}&password={password}"

JOBS = (
    ("account document", PLAYER_API, HALF_OF_FLOOR),
    ("authorisation", "/flussonic/auth/{secret}?name={stream}&token={token}&proto=hls", HALF_OF_FLOOR),
    ("playlist", "/playlist/{token}.m3u8", QUARTER_OF_FLOOR),
    (
        "get_live_streams",
        "/player_api.php?username={name}&password={password}&action=get_live_streams",
        QUARTER_OF_FLOOR,
    ),
)


def run(*, quick: bool) -> Iterator[Result]:
    if shutil.which("wrk") is None:
        say("players: left out, wrk is not installed (apt-get install wrk)")
        return
    subscribers, channels = (2_000, 2_000) if quick else (SUBSCRIBERS, CHANNELS)
    say(f"{subscribers:,} subscribers, {channels:,} channels")
    accounts = _add_rows(subscribers, channels)
    seconds = 4.0 if quick else SECONDS
    for job, pattern, most in JOBS:
        paths = [pattern.format(**account, password=PASSWORD, secret=SECRET) for account in accounts]
        with _server() as server:
            cold, *others = _measured(server, job, paths, most, seconds)
        yield from (cold, *others)
        with _server() as server:
            say(f"{job}, cold, at half of that load")
            yield _at_half(f"{job}, cold", server, paths, 0.5 / cold.timing.seconds, seconds)


def _server() -> AbstractContextManager[WebServer]:
    return web_server(processes=PROCESSES, wsgi="benchmarks.floor_wsgi", **SETTINGS)


def _measured(server: WebServer, job: str, paths: Sequence[str], most: float, seconds: float) -> Iterator[Result]:
    url, slot = f"http://{server.host}:{server.port}", seconds / 4
    say(f"{job}, cold")
    fifths = [paths[n::ROUNDS] for n in range(ROUNDS)]  # each asks for others than those before
    cold = _best(load(url, fifth, seconds=slot) for fifth in fifths)
    say(f"{job}, warm")
    few = paths[:: max(1, len(paths) // 2_000)]
    load(url, few, seconds=slot)
    time.sleep(WRITING_SECONDS)
    memory = Memory(server.worker)
    rounds = [(load(url, few, seconds=slot), load(url, ["/empty"], seconds=slot)) for _ in range(ROUNDS)]
    growth = memory.growth()
    warm, floor = _best(round[0] for round in rounds), _best(round[1] for round in rounds)
    for name, measured in ((f"{job}, cold", cold), (f"{job}, warm", warm)):
        timing = Timing(1 / measured.per_second, 1 / floor.per_second, None, growth)
        yield Result(name, len(paths), timing, max_ratio=most, facts=(_fact(measured, floor),))
    yield _at_half(f"{job}, warm", server, few, warm.per_second / 2, seconds)


def _at_half(job: str, server: WebServer, paths: Sequence[str], per_second: float, seconds: float) -> Result:
    half = load(f"http://{server.host}:{server.port}", paths, seconds=seconds, per_second=per_second)
    timing = Timing(half.p99, 1 / half.per_second, None, None)
    return Result(f"{job}, p99 at half load", len(paths), timing, max_seconds=MOST_P99)


def _best(loads: Iterable[Load]) -> Load:
    """Return the best of several short loads: other work on the machine comes and goes."""
    return max(loads, key=lambda measured: measured.per_second)


def _fact(measured: Load, floor: Load) -> str:
    rate, of = measured.per_second, floor.per_second
    return f"{rate:,.0f} requests/s, {rate / of:.0%} of {of:,.0f}; p99 {measured.p99 * 1e3:.0f} ms"


def _add_rows(subscribers: int, channels: int) -> list[dict[str, Any]]:
    empty()
    with transaction.atomic():
        ids = add_channels(channels)
        step = max(1, channels // PACKAGES)
        half = [add_package(f"package {n}", ids[n * step : n * step + OF_PACKAGE]) for n in range(PACKAGES)]
        tariffs = [add_tariff(f"tariff {n}", package) for n, package in enumerate(half)]
        people = add_subscribers(subscribers)
        for n in range(PACKAGES):
            give("tariff", tariffs[n], people[n::PACKAGES])
        for n in range(PACKAGES):
            give("package", half[n], [person for i, person in enumerate(people) if _add_on(i) == n])
        some = people[::10]
        for offset in (7, 11):
            execute(
                "INSERT INTO subscribers_subscriber_channels (subscriber_id, channel_id)"
                " SELECT s, %s + (s * %s) %% %s FROM unnest(%s::bigint[]) AS s",
                [ids[0], offset, channels, some],
            )
        execute(
            "UPDATE subscribers_subscriber SET username = 'user' || id, password_digest = %s",
            [digest_of_generated(PASSWORD)],
        )
        execute(YESTERDAY)
        execute("DELETE FROM subscribers_outboxentry")
    settle()
    first_streams = dict(
        execute(
            "SELECT package_id, min(stream_name) FROM catalog_package_channels"
            " JOIN channels_channel ON channel_id = channels_channel.id GROUP BY package_id"
        )
    )
    rows = Subscriber.objects.order_by("pk").values_list("username", "token")
    return [
        {"name": name, "token": token, "stream": first_streams[half[_add_on(i)]].replace(" ", "%20")}
        for i, (name, token) in enumerate(islice(rows, subscribers))
    ]


def _add_on(number: int) -> int:
    """Return which add-on the subscriber of a number has: never the package of the own tariff."""
    return (number + 1 + number // PACKAGES % (PACKAGES - 1)) % PACKAGES
