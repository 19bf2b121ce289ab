"""Push of a list's channels to Flussonic; the floor sends the same bodies, made ready before, to the same stand-in."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import requests
from django.test.utils import override_settings

from benchmarks.measure import Result, Timing, alternate, say, seconds_of
from benchmarks.rows import empty, execute, settle
from channels.sources import create_list
from demo.processes import Processes
from integrations.flussonic.push_queue import mark_pushes
from integrations.flussonic.pushing import push_streams
from integrations.flussonic.streams import StreamsClient
from integrations.models import PushedStream

SIZES = (5_000, 20_000, 89_676)
ROUNDS = 3
CONNECTIONS = 20
PATH = "/streamer/api/v3/streams"
CHANNELS = """
    INSERT INTO channels_channel (
        source_id, stream_name, tvg_name, display_name, stream_base_url, quality, sync_status, source_url,
        sort_order, is_active, created_at, updated_at
    )
    SELECT %(source)s, 'panel-' || left(md5(n::text), 16), 'Channel ' || n, 'Channel ' || n, '', '', 'synced',
        'http://panel.example.com:8080/user/password/' || n, n, true, now(), now()
    FROM generate_series(1, %(size)s) AS n
"""


def run(*, quick: bool) -> Iterator[Result]:
    for size in SIZES[:1] if quick else SIZES:
        say(f"push of {size:,} channels")
        empty()
        execute(CHANNELS, {"source": create_list("Panel", delivery="restream").pk, "size": size})
        settle()
        timing = _pushing(size, 1 if quick else ROUNDS)
        facts = (
            f"{size / timing.seconds:,.0f} streams/s, the floor {size / timing.floor:,.0f} streams/s",
            f"comparing with nothing to do takes {seconds_of(mark_pushes):.2f} s",
        )
        yield Result("push to Flussonic", size, timing, max_ratio=1.2, facts=facts)


def _pushing(size: int, rounds: int) -> Timing:
    """Let job and floor make all streams, each time at a Flussonic that has none."""
    rows = execute("SELECT stream_name, source_url, display_name FROM channels_channel ORDER BY id")
    messages = [
        (name, json.dumps({"inputs": [{"url": url}], "title": title, "static": False}).encode())
        for name, url, title in rows
    ]
    with Processes() as processes:
        url = processes.start_stand_in("Flussonic", "demo.flussonic", "--streams", "0")

        def before_job() -> None:
            _forget(url)
            PushedStream.objects.all().delete()
            settle()

        def before_floor() -> None:
            _check(url, size)
            _forget(url)

        with override_settings(FLUSSONIC_URL=url, FLUSSONIC_API="auto", FLUSSONIC_PUSH_CONNECTIONS=CONNECTIONS):
            timing = alternate(
                _push,
                lambda: _send(url, messages),
                rounds=rounds,
                before_job=before_job,
                before_floor=before_floor,
            )
        _check(url, size)
        assert not PushedStream.objects.exclude(state=PushedStream.State.LIVE).exists(), "not everything was pushed"
        return timing


def _push() -> None:
    mark_pushes()
    with StreamsClient.from_settings() as client:
        push_streams(client)


def _send(url: str, messages: list[tuple[str, bytes]]) -> None:
    """Send everything over as many connections, and read each answer."""
    rest = iter(messages)

    def work() -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.headers.update({"Content-Type": "application/json"})
            # Threads may share this iterator: that of a list hands out each element once.
            for name, body in rest:
                session.put(f"{url}{PATH}/{name}", data=body, timeout=30).raise_for_status()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for future in [pool.submit(work) for _ in range(CONNECTIONS)]:
            future.result()


def _forget(url: str) -> None:
    requests.post(f"{url}/_standin/streams", json=[], timeout=30).raise_for_status()


def _check(url: str, size: int) -> None:
    held = requests.get(f"{url}/_standin/state", timeout=30).json()["streams"]
    assert held == size, f"Flussonic holds {held}"
