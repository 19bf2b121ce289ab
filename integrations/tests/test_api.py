"""The sync by the API: what it did, or why it did nothing."""

from typing import Any

import psycopg
import pytest
from django.db import connection
from pytest_django import Settings

from channels.models import Channel
from channels.tests.factories import make_channels, make_group
from demo.flussonic import FlussonicStandIn
from integrations.flussonic.sync import SYNC_LOCK
from integrations.models import SyncRun
from playlist_project.tests.api_client import ApiClient, by_token, data_of, error_of, make_staff
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> ApiClient:
    return by_token(make_staff("channels.change_channel", username="operator"))


def test_a_sync_answers_with_what_it_did(client: ApiClient, flussonic: FlussonicStandIn) -> None:
    make_channels(2)

    assert data_of(client.call("POST", "channels-sync")) == {
        "total": 1,
        "new": 1,
        "updated": 0,
        "orphaned": 2,
        "returned": 0,
        "skipped": [],
    }
    assert SyncRun.objects.get().actor == "operator"


def test_too_many_orphans_change_nothing_unless_forced(client: ApiClient, flussonic: FlussonicStandIn) -> None:
    make_channels(10)

    error = error_of(client.call("POST", "channels-sync", {"force": False}), 409)
    assert error["code"] == "TOO_MANY_ORPHANS"
    assert not Channel.objects.orphaned().exists()

    assert data_of(client.call("POST", "channels-sync", {"force": True}))["orphaned"] == 10


def test_one_sync_runs_at_a_time(client: ApiClient, flussonic: FlussonicStandIn) -> None:
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [SYNC_LOCK])

        assert error_of(client.call("POST", "channels-sync"), 409)["code"] == "SYNC_RUNNING"


def test_what_goes_wrong_at_flussonic_is_told(client: ApiClient, settings: Settings) -> None:
    error = error_of(client.call("POST", "channels-sync"), 502)
    assert error["code"] == "FLUSSONIC_ERROR"

    settings.FLUSSONIC_URL = "http://127.0.0.1:9"
    error = error_of(client.call("POST", "channels-sync"), 502)
    assert error["code"] == "FLUSSONIC_ERROR"
    assert "127.0.0.1:9" in error["message"]


def test_the_dashboard_tells_how_many_there_are_and_how_the_last_sync_ended(
    client: ApiClient, flussonic: FlussonicStandIn
) -> None:
    make_group()
    make_subscriber(channels=make_channels(2))
    before = data_of(client.call("GET", "dashboard/stats"))
    client.call("POST", "channels-sync")

    after: dict[str, Any] = data_of(client.call("GET", "dashboard/stats"))

    assert (before["last_sync"], before["last_good_sync_at"]) == (None, None)
    assert (after["last_sync"]["state"], after["last_sync"]["new"]) == ("done", 1)
    assert after["last_good_sync_at"] == after["last_sync"]["started_at"]
    counts = ("channels", "channels_synced", "channels_orphaned", "groups", "packages", "tariffs", "users")
    assert [after[name] for name in counts] == [3, 1, 2, 1, 0, 0, 1]
    assert (after["users_who_may_watch"], after["channels_in_no_package"]) == (1, 3)
