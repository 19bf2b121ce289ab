"""check_access finds what it is there to find."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel
from channels.tests.factories import make_channel, make_channels
from channels.tests.lists import entry, imported, list_of, make_list_source
from demo.auth_service import AuthServiceStandIn
from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.delivery import deliver_due
from playlists.access_check import _breaches_waiting
from playlists.account import account_by_token
from playlists.contents import content_of
from playlists.playlist import playlist_content
from subscribers.models import OutboxEntry, Subscriber
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
ADDRESSES = (
    "http://line.example.com/live/anna/s3cret/1.ts",
    "http://bücher.example/имя%20b.m3u8?token=s3cret&catchup=1",
    "udp://@239.1.1.1:1234",
    "udp://@239.1.1.2:1234",
)


def check_access() -> list[str]:
    out = io.StringIO()
    try:
        call_command("check_access", "--json", stdout=out)
    except CommandError:
        assert json.loads(out.getvalue())["breaches"]
    return [breach["what"] for breach in json.loads(out.getvalue())["breaches"]]


@pytest.fixture
def subscriber(token_client: AuthServiceClient) -> Subscriber:
    """One who has channels on every path, delivered."""
    channels = make_channels(3)
    subscriber = make_subscriber(
        channels=channels[:1],
        packages=[make_package(channels=channels[:2])],
        tariffs=[make_tariff(packages=[make_package(channels=channels[2:])])],
    )
    deliver_due(token_client)
    return subscriber


def test_all_is_well_after_a_delivery(subscriber: Subscriber) -> None:
    assert check_access() == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"allowed_streams": []}, "different in allowed_streams"),
        ({"allowed_streams": ["stolen"]}, "different in allowed_streams"),
        ({"status": "suspended"}, "different in status"),
        ({"user_id": "another"}, "different in user_id"),
    ],
)
def test_a_difference_over_there(
    change: dict[str, Any], found: str, subscriber: Subscriber, auth_service: AuthServiceStandIn
) -> None:
    next(iter(auth_service.tokens.values())).update(change)
    (what,) = check_access()
    assert what.endswith(found)


def test_a_live_token_that_nobody_here_has(subscriber: Subscriber, auth_service: AuthServiceStandIn) -> None:
    auth_service.add("left-behind-token", user_id="gone", status="active")
    (what,) = check_access()
    assert what.endswith("is extra")


def test_an_auth_service_that_does_not_answer_is_unknown(
    subscriber: Subscriber, auth_service: AuthServiceStandIn
) -> None:
    auth_service.faults.status = 500
    (what,) = check_access()
    assert "unknown" in what


def test_a_change_that_the_triggers_did_not_see(subscriber: Subscriber) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Channel.objects.filter(pk=subscriber.channels.get().pk).update(is_active=False)
        cursor.execute("SET LOCAL session_replication_role = origin")
    (what,) = check_access()
    assert what.endswith("different in allowed_streams")


def test_what_has_been_stale_for_too_long(subscriber: Subscriber, auth_service: AuthServiceStandIn) -> None:
    subscriber.channels.add(make_channel())
    OutboxEntry.objects.update(stale_since=timezone.now() - timedelta(hours=2))
    (what,) = check_access()
    assert "stale for 120 minutes" in what


@pytest.mark.parametrize("waiting", [2, 20])
def test_those_that_wait_take_one_query_however_many_they_are(
    waiting: int, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.AUTH_SERVICE_URL = "http://auth.test"
    for _ in range(waiting):
        make_subscriber()
    with django_assert_num_queries(1):
        assert len(list(_breaches_waiting(timezone.now() + timedelta(days=1)))) == waiting


def test_a_key_that_cannot_be_sent_is_told(settings: Settings) -> None:
    settings.AUTH_SERVICE_URL, settings.AUTH_SERVICE_API_KEY = "http://auth.test", "a\nb"
    with pytest.raises(CommandError, match="line break"):
        call_command("check_access")


@pytest.mark.parametrize(
    "broken",
    ["playlists.access_check.playlist_content", "playlists.access_check.entitled_channels"],
)
def test_an_output_that_lacks_what_is_granted(
    broken: str, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = Channel.objects.none() if "channels" in broken.rpartition(".")[2] else content_of([])
    monkeypatch.setattr(broken, lambda *_: nothing)
    assert [what for what in check_access() if "lacks" in what and "which is granted" in what] != []


@pytest.fixture
def listed(subscriber: Subscriber, token_client: AuthServiceClient) -> list[Channel]:
    """Channels of a list by its own addresses; of all but the last, the subscriber holds them."""
    imported(make_list_source(), list_of(*(entry(number, url=url) for number, url in enumerate(ADDRESSES))))
    channels = list(Channel.objects.filter(source_url__in=ADDRESSES).order_by("pk"))
    assert len(channels) == len(ADDRESSES)
    subscriber.channels.add(*channels[:-1])
    deliver_due(token_client)
    return channels


def shows(monkeypatch: pytest.MonkeyPatch, subscriber: Subscriber, *instead: str, without: int) -> None:
    """Have playlists lack the last channels that the subscriber holds, and show these addresses."""
    account = account_by_token(subscriber.token, now=timezone.now())
    assert account is not None
    text = b"".join(playlist_content(account).chunks_for(account.token))
    lines = [line for line in text.decode().splitlines() if not line.startswith("#")]
    sent = "\n".join([*lines[: len(lines) - without], *instead]).encode()
    monkeypatch.setattr("playlists.access_check.playlist_content", lambda *_: content_of([sent]))


@pytest.mark.usefixtures("listed")
def test_all_is_well_with_the_addresses_of_lists() -> None:
    assert check_access() == []


def test_addresses_of_lists_that_differ_by_their_host_alone_are_told_apart_and_by_name(
    subscriber: Subscriber, listed: list[Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    shows(monkeypatch, subscriber, ADDRESSES[-1], without=1)

    assert check_access() == [
        f"the playlist has {listed[-1].stream_name}, which no path grants",
        f"the playlist lacks {listed[-2].stream_name}, which is granted",
    ]


@pytest.mark.usefixtures("listed")
def test_no_breach_tells_an_address_of_a_list(subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    shows(monkeypatch, subscriber, "http://line.example.com/live/anna/s3cret/9.ts", without=len(ADDRESSES))

    found = check_access()
    assert "the playlist has an address that no channel has, which no path grants" in found
    assert len(found) == len(ADDRESSES) + 1
    assert "s3cret" not in "".join(found)
