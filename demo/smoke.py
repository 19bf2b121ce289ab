"""The chain from Flussonic to the player and the Auth Service, checked over HTTP on a running stack.

What to expect is worked out from the catalogue's own lists, not by the code under test.
"""

import io
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.management import CommandError, call_command

from demo.catalogue import GROUPS
from demo.seed import PACKAGES, TARIFFS
from demo.stack import API_KEY, Stack
from subscribers.models import Subscriber
from subscribers.services import suspend

STREAMS = dict(GROUPS)
ORDER = [stream for _, streams in GROUPS for stream in streams]
SECONDS_TO_DELIVER = 15.0


def run_checks(stack: Stack) -> bool:
    """Run every check, print a line for each, and tell whether all passed."""
    checks: list[tuple[str, Callable[[Stack], str]]] = [
        ("the service is ready", ready),
        ("the staff's login page opens", login_page),
        ("the playlist holds exactly the entitled channels, in order", playlist_of_the_live),
        ("the first stream of the playlist plays", first_stream_plays),
        ("nobody else gets a playlist with channels", playlists_of_the_others),
        ("the Auth Service holds exactly the entitled streams of each subscriber", tokens),
        ("a subscriber who is disabled is suspended there, and watches no more, within seconds", suspension),
        ("check_access finds no breach", access),
    ]
    passed = [_run(name, check, stack) for name, check in checks]
    print(f"{sum(passed)} passed, {len(passed) - sum(passed)} failed")
    return all(passed)


def _run(name: str, check: Callable[[Stack], str], stack: Stack) -> bool:
    try:
        detail = check(stack)
    except (AssertionError, urllib.error.URLError, CommandError, KeyError) as exc:
        print(f"FAILED  {name}: {exc}", flush=True)
        return False
    print(f"ok      {name}{': ' if detail else ''}{detail}", flush=True)
    return True


def ready(stack: Stack) -> str:
    assert json.loads(_get(f"{stack.url}/readyz"))["ready"] is True
    return ""


def login_page(stack: Stack) -> str:
    assert "csrfmiddlewaretoken" in _get(f"{stack.url}/admin/login/")
    return ""


def playlist_of_the_live(stack: Stack) -> str:
    shown = _playlist(stack, _subscriber("DEMO-1"))
    expected = [stream for stream in ORDER if stream in _entitled("DEMO-1")]
    assert shown == expected, f"shown {shown}, expected {expected}"
    return f"{len(shown)} channels"


def first_stream_plays(stack: Stack) -> str:
    text = _get(f"{stack.url}/playlist/{_subscriber('DEMO-1').token}.m3u8")
    address = next(line for line in text.splitlines() if not line.startswith("#"))
    assert _get(address).startswith("#EXTM3U")
    return ""


def playlists_of_the_others(stack: Stack) -> str:
    for agreement_number in ("DEMO-2", "DEMO-3", "DEMO-4"):
        address = f"{stack.url}/playlist/{_subscriber(agreement_number).token}.m3u8"
        assert _status(address) == 404, f"{agreement_number} got a playlist"
    assert _playlist(stack, _subscriber("DEMO-5")) == []
    return "disabled, expired, not yet valid: 404; without channels: an empty playlist"


def tokens(stack: Stack) -> str:
    held = _held(stack)
    statuses = {
        "DEMO-1": "active",
        "DEMO-2": "suspended",
        "DEMO-3": "suspended",
        "DEMO-4": "active",
        "DEMO-5": "suspended",
    }
    assert len(held) == len(statuses), f"{len(held)} tokens"
    for agreement_number, status in statuses.items():
        token = held[_subscriber(agreement_number).token]
        assert set(token["allowed_streams"]) == _entitled(agreement_number), f"streams of {agreement_number}"
        assert token["status"] in (status, "expired" if agreement_number == "DEMO-3" else status), agreement_number
    return f"{len(held)} tokens"


def suspension(stack: Stack) -> str:
    live = _subscriber("DEMO-1")
    first_stream_plays(stack)
    assert _watched(stack) == {"DEMO-1"}
    suspend(live)
    started = time.monotonic()
    while _held(stack)[live.token]["status"] != "suspended" or _watched(stack):
        assert time.monotonic() < started + SECONDS_TO_DELIVER, "still active"
        time.sleep(0.1)
    assert _status(f"{stack.url}/playlist/{live.token}.m3u8") == 404
    return f"{time.monotonic() - started:.1f} s"


def access(_stack: Stack) -> str:
    out = io.StringIO()
    call_command("check_access", stdout=out)
    return out.getvalue().strip()


def _entitled(agreement_number: str) -> set[str]:
    """Return the streams that the demo's lists grant."""
    tariffs = {"DEMO-1": "Home", "DEMO-2": "Premium", "DEMO-3": "Premium", "DEMO-4": "Start"}
    packages = list(TARIFFS.get(tariffs.get(agreement_number, ""), ()))
    direct: list[str] = []
    if agreement_number == "DEMO-1":
        packages.append("Sport")
        direct = STREAMS["Films"][:2]
    return {*direct, *(stream for package in packages for group in PACKAGES[package] for stream in STREAMS[group])}


def _playlist(stack: Stack, subscriber: Subscriber) -> list[str]:
    """Return the stream names of the playlist as it comes over HTTP."""
    lines = _get(f"{stack.url}/playlist/{subscriber.token}.m3u8").splitlines()
    assert lines[0].startswith("#EXTM3U")
    addresses = [urlsplit(line) for line in lines if not line.startswith("#")]
    assert all(address.query == f"token={subscriber.token}" for address in addresses)
    return [unquote(address.path).removeprefix("/").removesuffix("/video.m3u8") for address in addresses]


def _held(stack: Stack) -> dict[str, Any]:
    held: dict[str, Any] = json.loads(_get(f"{stack.auth_service_url}/_standin/tokens", {"X-API-Key": API_KEY}))
    return held


def _watched(stack: Stack) -> set[str]:
    """Return who watches something at this moment, as Flussonic has been told."""
    sessions = json.loads(_get(f"{stack.flussonic_url}/streamer/api/v3/sessions"))["sessions"]
    return {session["user_id"] for session in sessions}


def _subscriber(agreement_number: str) -> Subscriber:
    return Subscriber.objects.get(agreement_number=agreement_number)


def _get(address: str, headers: dict[str, str] | None = None) -> str:
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers or {}), timeout=10) as answer:
        return str(answer.read().decode())


def _status(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as exc:
        return exc.code
