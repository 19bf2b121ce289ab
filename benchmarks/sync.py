"""The first sync of many streams, and the same again with nothing changed; the floor reads the same pages."""

import json
from collections.abc import Iterator

import requests
from django.test.utils import override_settings

from benchmarks.measure import Result, alternate, say
from benchmarks.rows import empty, execute, settle
from demo.processes import Processes
from integrations.flussonic.client import PATHS, FlussonicClient
from integrations.flussonic.listing import PAGE_SIZE, SELECT
from integrations.flussonic.sync import sync_channels

SIZES = (2_000, 10_000, 20_000)
ROUNDS = 5
WRITTEN = """
    SELECT relname, n_tup_ins + n_tup_upd + n_tup_del, n_tup_hot_upd FROM pg_stat_user_tables
    WHERE relname NOT LIKE 'pg_%%' AND relname <> 'integrations_syncrun'
"""


def run(*, quick: bool) -> Iterator[Result]:
    for size in (2_000,) if quick else SIZES:
        say(f"sync of {size:,} streams, twice")
        with Processes() as processes:
            url = processes.start_stand_in("Flussonic", "demo.flussonic", "--streams", str(size))
            with override_settings(FLUSSONIC_URL=url, FLUSSONIC_API_KEY="", FLUSSONIC_API="auto"):
                _read_pages(url)  # the stand-in writes each page once
                yield _first(url, size, 1 if quick else ROUNDS)
                yield _again(url, size, 1 if quick else ROUNDS)


def _first(url: str, size: int, rounds: int) -> Result:
    timing = alternate(_sync, lambda: _read_pages(url), rounds=rounds, before_job=empty)
    assert execute("SELECT count(*) FROM channels_channel") == [(size,)]
    return Result("first sync", size, timing, max_ratio=3)


def _again(url: str, size: int, rounds: int) -> Result:
    settle()
    written = _written()
    _sync()
    facts = _differences(written, _written())
    timing = alternate(_sync, lambda: _read_pages(url), rounds=rounds, before_job=settle)
    return Result("sync, nothing changed", size, timing, max_ratio=1.5, facts=(facts,))


def _sync() -> None:
    with FlussonicClient.from_settings() as client:
        sync_channels(client)


def _read_pages(url: str) -> None:
    """Fetch and decode all pages, and do nothing with them."""
    params = {"select": SELECT, "sort": "name", "limit": str(PAGE_SIZE)}
    with requests.Session() as session:
        session.trust_env = False
        while True:
            page = json.loads(session.get(url + PATHS["v3"], params=params, timeout=30).content)
            if page.get("next") is None:
                return
            params["cursor"] = page["next"]


def _written() -> dict[str, tuple[int, int]]:
    """Return for each table how many rows were ever written, and how many of them in place."""
    execute("SELECT pg_stat_force_next_flush()")
    return {name: (rows, in_place) for name, rows, in_place in execute(WRITTEN)}


def _differences(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> str:
    changes = [
        f"{name}: {after[name][0] - rows:,} rows written, {after[name][1] - in_place:,} of them in place"
        for name, (rows, in_place) in sorted(before.items())
        if after[name][0] != rows
    ]
    return "; ".join(changes)
