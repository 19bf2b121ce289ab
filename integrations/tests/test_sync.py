"""The sync of channels with a Flussonic over HTTP."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from channels.models import Channel, Source
from channels.tests.factories import make_channel, make_group
from demo.flussonic import FlussonicStandIn
from integrations.flussonic.client import FlussonicClient
from integrations.flussonic.sync import (
    SYNC_LOCK,
    SyncRunning,
    TooManyOrphans,
    plan_sync,
    sync_channels,
    sync_due,
)
from integrations.http import RemoteError
from integrations.models import Run, SyncRun
from playlist_project.tests.waiting import in_thread, somebody_waits_for_a_lock, wait_until
from subscribers.models import OutboxEntry

pytestmark = pytest.mark.django_db


def stream(name: str, title: str | None = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "title": title or name.title(), "named_by": "config", "static": True, **more}


@pytest.fixture
def flussonic(settings: Any) -> Iterator[FlussonicStandIn]:
    with FlussonicStandIn([stream("news"), stream("sport")]) as stand_in:
        settings.FLUSSONIC_URL = stand_in.url
        settings.FLUSSONIC_STREAM_URL = "http://stream.example.com:8085"
        yield stand_in


@pytest.fixture
def client(flussonic: FlussonicStandIn) -> Iterator[FlussonicClient]:
    with FlussonicClient.from_settings() as client:
        yield client


def test_new_streams_become_channels_at_the_end_of_the_order(client: FlussonicClient) -> None:
    last = make_channel(source=Source.objects.create(name="other", kind="m3u", slug="other"), sort_order=41)

    result = sync_channels(client)

    assert (result.total, result.new, result.updated, result.orphaned) == (2, 2, 0, 0)
    news, sport = Channel.objects.exclude(pk=last.pk).order_by("sort_order")
    assert (news.stream_name, news.sort_order, sport.sort_order) == ("news", 42, 43)
    assert (news.tvg_name, news.display_name) == ("News", "News")
    assert news.stream_base_url == "http://stream.example.com:8085"
    assert (news.sync_status, news.is_active) == ("synced", True)


def test_the_stream_base_url_is_scheme_host_and_port_alone(
    flussonic: FlussonicStandIn, client: FlussonicClient, settings: Any
) -> None:
    settings.FLUSSONIC_STREAM_URL = ""
    settings.FLUSSONIC_URL = flussonic.url.replace("http://", "http://user:password@") + "/cluster/"
    sync_channels(client)
    assert {channel.stream_base_url for channel in Channel.objects.all()} == {flussonic.url}


def test_a_known_stream_is_refreshed_and_what_staff_own_is_kept(
    flussonic: FlussonicStandIn, client: FlussonicClient
) -> None:
    sync_channels(client)
    group = make_group()
    kept = {"tvg_id": "news.ru", "tvg_logo": "http://logo/x.png", "group": group, "sort_order": 7, "is_active": False}
    Channel.objects.filter(stream_name="news").update(**kept)
    flussonic.streams["news"] = stream("news", "News HD", dvr={"expiration": 3 * 86400})

    result = sync_channels(client)

    news = Channel.objects.get(stream_name="news")
    assert (result.new, result.updated) == (0, 1)
    assert (news.display_name, news.catchup_days) == ("News HD", 3)
    assert {name: getattr(news, name) for name in kept} == kept


def test_a_missing_stream_is_orphaned_and_comes_back_by_itself(
    flussonic: FlussonicStandIn, client: FlussonicClient
) -> None:
    sync_channels(client)
    sport = flussonic.streams.pop("sport")
    assert sync_channels(client).orphaned == 1
    assert Channel.objects.get(stream_name="sport").sync_status == "orphaned"

    flussonic.streams["sport"] = sport
    result = sync_channels(client)

    assert (result.returned, result.new) == (1, 0)
    assert Channel.objects.get(stream_name="sport").sync_status == "synced"


def test_an_unchanged_sync_writes_last_seen_in_one_statement_and_nothing_else(client: FlussonicClient) -> None:
    sync_channels(client)
    before = dict(Channel.objects.values_list("pk", "updated_at"))
    events = count_events()
    OutboxEntry.objects.all().delete()
    later = timezone.now()

    result = sync_channels(client, now=later)

    assert (result.new, result.updated, result.orphaned) == (0, 0, 0)
    assert set(Channel.objects.values_list("last_seen_at", flat=True)) == {later}
    assert dict(Channel.objects.values_list("pk", "updated_at")) == before
    assert count_events() == events
    assert not OutboxEntry.objects.exists()


def count_events() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM channels_channelevent")
        return int(cursor.fetchone()[0])


def test_an_empty_list_orphans_nothing_unless_forced(flussonic: FlussonicStandIn, client: FlussonicClient) -> None:
    sync_channels(client)
    flussonic.faults.empty = True

    with pytest.raises(TooManyOrphans, match="no streams at all"):
        sync_channels(client)
    assert Channel.objects.synced().count() == 2

    assert sync_channels(client, force=True).orphaned == 2


def test_half_a_list_orphans_nothing_and_says_what_it_would_have(
    flussonic: FlussonicStandIn, client: FlussonicClient
) -> None:
    flussonic.streams.update({f"ch{n:02}": stream(f"ch{n:02}") for n in range(30)})
    sync_channels(client)
    flussonic.faults.half = True

    with pytest.raises(TooManyOrphans) as refused:
        sync_channels(client)

    assert len(refused.value.plan.orphaned) == 16
    assert not Channel.objects.orphaned().exists()
    assert SyncRun.objects.first().state == Run.State.REFUSED  # type: ignore[union-attr]


def test_a_few_missing_streams_are_never_too_many(flussonic: FlussonicStandIn, client: FlussonicClient) -> None:
    sync_channels(client)
    del flussonic.streams["sport"]
    assert sync_channels(client).orphaned == 1  # half of all, but only one


def test_a_run_that_cannot_read_to_the_end_changes_nothing(
    flussonic: FlussonicStandIn, client: FlussonicClient
) -> None:
    flussonic.streams.update({f"ch{n:04}": stream(f"ch{n:04}") for n in range(600)})
    sync_channels(client)
    flussonic.faults.drop_page = 2

    with pytest.raises(RemoteError):
        sync_channels(client)

    assert not Channel.objects.orphaned().exists()
    run = SyncRun.objects.first()
    assert run is not None
    assert (run.state, run.finished_at is not None) == (Run.State.FAILED, True)
    assert "500" in run.error


def test_a_name_that_another_source_has_is_skipped_and_named(client: FlussonicClient) -> None:
    other = Source.objects.create(name="other", kind="m3u", slug="other")
    theirs = make_channel(source=other, stream_name="news", display_name="Theirs")

    result = sync_channels(client)

    theirs.refresh_from_db()
    assert result.skipped == (("news", "the source other has a channel of this name"),)
    assert (theirs.display_name, result.new) == ("Theirs", 1)


def test_a_plan_names_what_would_change_field_by_field_and_changes_nothing(
    flussonic: FlussonicStandIn, client: FlussonicClient
) -> None:
    sync_channels(client)
    flussonic.streams["news"] = stream("news", "News HD")
    del flussonic.streams["sport"]
    flussonic.streams["films"] = stream("films")

    plan = plan_sync(client)

    assert (plan.new, plan.orphaned, plan.returned) == (("films",), ("sport",), ())
    assert plan.changed == {"news": {"tvg_name": ("News", "News HD"), "display_name": ("News", "News HD")}}
    assert set(Channel.objects.values_list("display_name", flat=True)) == {"News", "Sport"}


def test_a_plan_on_an_empty_database_writes_nothing_at_all(client: FlussonicClient) -> None:
    assert plan_sync(client).new == ("news", "sport")
    assert not Source.objects.exists()


def test_every_run_is_on_record(client: FlussonicClient) -> None:
    sync_channels(client, actor="operator")
    run = SyncRun.objects.get()
    assert (run.state, run.actor, run.total, run.new, run.error) == (Run.State.DONE, "operator", 2, 2, "")


def test_a_run_that_was_killed_is_marked_failed_by_the_next(client: FlussonicClient) -> None:
    killed = SyncRun.objects.create()
    sync_channels(client)
    killed.refresh_from_db()
    assert killed.state == Run.State.FAILED


def test_old_runs_are_forgotten(client: FlussonicClient, settings: Any) -> None:
    SyncRun.objects.create(started_at=timezone.now() - timedelta(days=91), state=Run.State.DONE)
    sync_channels(client)
    assert SyncRun.objects.count() == 1


def test_it_is_due_only_where_an_interval_is_set(settings: Any) -> None:
    now = timezone.now()
    assert not sync_due(now=now)
    settings.FLUSSONIC_SYNC_MINUTES = 10
    assert sync_due(now=now)
    SyncRun.objects.create(started_at=now)
    assert not sync_due(now=now)


@pytest.mark.django_db(transaction=True)
def test_a_second_sync_at_the_same_time_is_refused(client: FlussonicClient) -> None:
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [SYNC_LOCK])
        with pytest.raises(SyncRunning):
            sync_channels(client)
        other.execute("SELECT pg_advisory_unlock_all()")
    assert sync_channels(client).new == 2


@pytest.mark.django_db(transaction=True)
def test_a_sync_waits_for_staff_who_change_channels_in_another_order(
    flussonic: FlussonicStandIn, client: FlussonicClient
) -> None:
    """Each would wait for what the other has, and PostgreSQL would make one of them fail."""
    sync_channels(client)
    params = connection.get_connection_params() | {"cursor_factory": psycopg.ClientCursor}
    change = "UPDATE channels_channel SET sort_order = sort_order + 10 WHERE stream_name = %s"
    with ThreadPoolExecutor(1) as threads, psycopg.connect(**params) as staff:
        staff.execute(change, ["sport"])
        sync = in_thread(threads, lambda: sync_channels(client))
        wait_until(somebody_waits_for_a_lock)
        staff.execute(change, ["news"])
        staff.commit()

        assert sync.result().total == 2
    assert set(Channel.objects.values_list("sort_order", flat=True)) == {11, 12}
