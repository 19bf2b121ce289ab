"""Delivery of many stale tokens; the floor sends the same bodies, made ready before, to the same stand-in."""

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import requests
from django.utils import timezone

from benchmarks.measure import Result, Timing, alternate, say
from benchmarks.rows import add_channels, add_package, add_subscribers, add_tariff, empty, execute, give, settle
from demo.processes import Processes
from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.delivery import deliver_due
from integrations.auth_service.tokens import TokenState, states_of
from integrations.models import RemoteToken
from subscribers.models import OutboxEntry, Subscriber

SIZES = (1_000, 5_000, 10_000)
ROUNDS = 3
CONNECTIONS = 20
STREAMS = 200
PACKAGES = 20
KEY = "bench"

Message = tuple[str, str, bytes]
"""Method, path and body."""

MAKE_STALE = """
    INSERT INTO subscribers_outboxentry
        (token, subscriber_id, auth_token_id, change_id, stale_since, due_at, attempts, last_error)
    SELECT token, id, auth_token_id, gen_random_uuid(), now(), now(), 0, '' FROM subscribers_subscriber ORDER BY token
"""


def run(*, quick: bool) -> Iterator[Result]:
    for size in SIZES[:1] if quick else SIZES:
        _add_rows(size)
        for job, timing_of in (("delivery, new tokens", _creating), ("delivery, changed tokens", _changing)):
            say(f"{job}: {size:,}")
            timing = timing_of(size)
            facts = f"{size / timing.seconds:,.0f} tokens/s, the floor {size / timing.floor:,.0f} tokens/s"
            yield Result(job, size, timing, max_ratio=1.3, facts=(facts,))


def _creating(size: int) -> Timing:
    """Let job and floor create all tokens, each time in an Auth Service that is empty."""
    with ExitStack() as running:
        url = ""
        messages: list[Message] = []

        def start_anew() -> None:
            nonlocal url
            running.close()
            url = running.enter_context(Processes()).start_stand_in(
                "Auth Service", "demo.auth_service", "--api-key", KEY
            )

        def before_job() -> None:
            messages.clear()
            start_anew()
            RemoteToken.objects.all().delete()
            _make_stale()

        def before_floor() -> None:
            _check(url, size)
            start_anew()
            messages.extend(("POST", "/api/tokens", _json(state.body())) for state in _states())

        timing = alternate(
            lambda: _deliver(url),
            lambda: _send(url, messages),
            rounds=ROUNDS,
            before_job=before_job,
            before_floor=before_floor,
        )
        _check(url, size)
        return timing


def _changing(size: int) -> Timing:
    """Let job and floor change all tokens in one Auth Service."""
    messages: list[Message] = []
    with Processes() as processes:
        url = processes.start_stand_in("Auth Service", "demo.auth_service", "--api-key", KEY)
        RemoteToken.objects.all().delete()
        _make_stale()
        _deliver(url)

        def before_job() -> None:
            messages.clear()
            RemoteToken.objects.update(digest="")
            _make_stale()

        def before_floor() -> None:
            _check(url, size)
            ids = dict(RemoteToken.objects.values_list("token", "remote_id"))
            messages.extend(("PATCH", f"/api/tokens/{ids[state.token]}", _json(state.patch())) for state in _states())

        return alternate(
            lambda: _deliver(url),
            lambda: _send(url, messages),
            rounds=ROUNDS,
            before_job=before_job,
            before_floor=before_floor,
        )


def _deliver(url: str) -> None:
    with AuthServiceClient(url, KEY, connections=CONNECTIONS) as client:
        deliver_due(client)


def _send(url: str, messages: Iterable[Message]) -> None:
    """Send everything over as many connections, and read each answer."""
    rest = iter(messages)

    def work() -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.headers.update({"X-API-Key": KEY, "Content-Type": "application/json"})
            # Threads may share this iterator: that of a list hands out each element once.
            for method, path, body in rest:
                session.request(method, url + path, data=body, timeout=30).raise_for_status()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for future in [pool.submit(work) for _ in range(CONNECTIONS)]:
            future.result()


def _check(url: str, size: int) -> None:
    held = requests.get(f"{url}/_standin/state", timeout=30).json()["by_status"]
    assert held == {"active": size}, f"the Auth Service holds {held}"
    assert not OutboxEntry.objects.exists(), "not everything was delivered"


def _states() -> list[TokenState]:
    tokens = list(Subscriber.objects.values_list("token", flat=True))
    return list(states_of(tokens, now=timezone.now()).values())


def _json(content: object) -> bytes:
    return json.dumps(content).encode()


def _make_stale() -> None:
    execute("DELETE FROM subscribers_outboxentry")
    execute(MAKE_STALE)
    settle()


def _add_rows(size: int) -> None:
    """Add subscribers with packages of different channels, half of them by a tariff."""
    empty()
    channels = add_channels(STREAMS + 10 * PACKAGES)
    subscribers = add_subscribers(size)
    for number in range(PACKAGES):
        package = add_package(f"Package {number}", channels[10 * number : 10 * number + STREAMS])
        holders = subscribers[number::PACKAGES]
        if number % 2:
            give("tariff", add_tariff(f"Tariff {number}", package), holders)
        else:
            give("package", package, holders)
