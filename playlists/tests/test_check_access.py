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
from demo.auth_service import AuthServiceStandIn
from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.delivery import deliver_due
from playlists.access_check import _breaches_waiting
from playlists.contents import content_of
from subscribers.models import OutboxEntry, Subscriber
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


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
