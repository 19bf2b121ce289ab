"""Restreaming while Flussonic refuses, is down, or the worker is killed: nothing is lost, and nobody fails."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.fixtures import Settings

from channels.catalogue import catalogue_version
from channels.models import Channel, Source
from demo.flussonic import FlussonicStandIn
from integrations import tasks
from integrations.flussonic import push_queue
from integrations.flussonic.pushing import PushResult, push_due, push_streams
from integrations.flussonic.streams import StreamsClient
from integrations.models import PushedStream
from integrations.tests.flussonic.pushes import URL, add, due_now, made, push, restreamed, states
from playlist_project.tests.processes import forget_all_jobs

pytestmark = pytest.mark.django_db
State = PushedStream.State


@pytest.fixture
def source() -> Source:
    return restreamed()


def test_a_refused_address_says_why_and_is_tried_rarely(flussonic: FlussonicStandIn, source: Source) -> None:
    add(source, source_url="nonsense://x")
    add(source)

    assert push() == PushResult(made=1, failed=1)

    row = PushedStream.objects.get(state=State.FAILED)
    assert "answered 400: bad_url" in row.last_error
    assert row.due_at > timezone.now() + timedelta(minutes=20)
    assert push() == PushResult()


def test_a_refused_address_is_tried_at_once_when_it_is_another(flussonic: FlussonicStandIn, source: Source) -> None:
    add(source, source_url="nonsense://x")
    push()
    Channel.objects.update(source_url=URL)
    assert push() == PushResult(made=1)
    assert states() == {"panel-0001": State.LIVE}


@pytest.mark.parametrize("status", [408, 409, 423, 425, 429])
def test_an_answer_that_will_pass_is_no_refusal(status: int, flussonic: FlussonicStandIn, source: Source) -> None:
    """They are tried again soon, and end the round where all get them."""
    for _ in range(60):
        add(source)
    push_queue.mark_pushes()
    push_queue.sort_out(PushedStream.objects.latest("id").pk, (), now=timezone.now())
    flussonic.faults.fail_status, flussonic.faults.fail_next = status, 10_000

    assert 20 <= push().failed < 60

    tried = PushedStream.objects.exclude(last_error="")
    assert set(tried.values_list("state", flat=True)) == {State.PENDING}
    assert all(row.due_at < timezone.now() + timedelta(seconds=5) for row in tried)


@pytest.mark.parametrize("dialect", ["error", "errors"])
@pytest.mark.parametrize("status", [400, 500])
def test_no_error_holds_anything_of_an_address(
    dialect: Any, status: int, flussonic: FlussonicStandIn, source: Source
) -> None:
    """Flussonic quotes what it refuses, whole, cut off or in parts."""
    flussonic.faults.dialect = dialect
    flussonic.faults.refuse_inputs = status
    address = "http://panel.example.com/live/USER77/PASS88/17.ts?key=SECRET99"
    add(source, source_url=address)
    push()
    error = PushedStream.objects.get().last_error
    assert str(status) in error
    assert not {part for part in ("USER77", "PASS88", "SECRET99", "panel.example.com") if part in error}


def test_a_server_that_is_down_is_asked_little_and_nothing_is_lost(
    flussonic: FlussonicStandIn, source: Source, settings: Settings
) -> None:
    settings.FLUSSONIC_PUSH_CONNECTIONS = 4
    for _ in range(150):
        add(source)
    push_queue.mark_pushes()
    push_queue.sort_out(PushedStream.objects.latest("id").pk, (), now=timezone.now())
    flussonic.faults.fail_next = 10_000

    first = push()
    assert 20 <= first.failed < 30
    assert flussonic.counts["PUT"] == first.failed
    assert push().failed == 1  # from now on one looks whether it is back
    assert PushedStream.objects.filter(state=State.PENDING).count() == 150
    assert "503" in PushedStream.objects.filter(failing_since__isnull=False)[0].last_error

    flussonic.faults.fail_next = 0
    push()
    due_now()
    push()
    assert len(made(flussonic)) == 150
    assert set(PushedStream.objects.values_list("state", "attempts", "last_error", "failing_since")) == {
        (State.LIVE, 0, "", None)
    }


def test_a_new_stream_waits_while_the_server_cannot_be_reached(flussonic: FlussonicStandIn, source: Source) -> None:
    add(source)
    with flussonic.refuse():
        assert push() == PushResult(failed=1)
        row = PushedStream.objects.get()
        assert (row.state, "cannot be reached" in row.last_error) == (State.PENDING, True)
    due_now()
    assert push() == PushResult(made=1)


def test_a_removal_is_tried_until_it_succeeds(flussonic: FlussonicStandIn, source: Source) -> None:
    add(source)
    push()
    Channel.objects.all().delete()
    with flussonic.refuse():
        push()
        assert states() == {"panel-0001": State.REMOVING}
    due_now()
    assert push() == PushResult(removed=1)


def test_what_a_killed_worker_had_in_hand_is_taken_up_when_its_lease_ends(
    flussonic: FlussonicStandIn, source: Source
) -> None:
    add(source)
    push_queue.mark_pushes()
    push_queue.sort_out(PushedStream.objects.get().pk, (), now=timezone.now())
    push_queue.claim_due(uuid4(), now=timezone.now(), limit=9, lease=timedelta(seconds=60))
    assert push() == PushResult()
    PushedStream.objects.update(lease_until=timezone.now())
    assert push() == PushResult(made=1)


def test_whoever_lost_the_lease_records_nothing(flussonic: FlussonicStandIn, source: Source) -> None:
    add(source)
    push_queue.mark_pushes()
    push_queue.sort_out(PushedStream.objects.get().pk, (), now=timezone.now())
    slow = uuid4()
    claims = push_queue.claim_due(slow, now=timezone.now(), limit=9, lease=timedelta(0))
    push_queue.claim_due(uuid4(), now=timezone.now(), limit=9, lease=timedelta(seconds=60))
    push_queue.record(slow, [push_queue.Outcome(claim) for claim in claims], now=timezone.now())
    assert states() == {"panel-0001": State.PENDING}


def test_twenty_connections_stay_open_and_all_are_used(flussonic: FlussonicStandIn, source: Source) -> None:
    flussonic.faults.delay = 0.02
    for _ in range(100):
        add(source)
    push()
    assert len(made(flussonic)) == 100
    assert 15 <= flussonic.connections <= 20


def test_what_the_time_did_not_suffice_for_is_left_as_it_was(flussonic: FlussonicStandIn, source: Source) -> None:
    add(source)
    push_queue.mark_pushes()
    with StreamsClient.from_settings() as client:
        assert push_streams(client, seconds=0) == PushResult(left=True)
    assert set(PushedStream.objects.values_list("state", "attempts", "lease_owner")) == {(State.PENDING, 0, None)}


def test_what_is_in_hand_when_the_time_is_over_is_given_back(
    flussonic: FlussonicStandIn, source: Source, settings: Settings
) -> None:
    settings.FLUSSONIC_PUSH_CONNECTIONS = 2
    flussonic.faults.delay = 0.1
    for _ in range(30):
        add(source)
    push_queue.mark_pushes()
    with StreamsClient.from_settings() as client:
        result = push_streams(client, seconds=0.5)
    assert (result.left, 0 < result.made < 20) == (True, True)
    waiting = PushedStream.objects.filter(state=State.PENDING)
    assert set(waiting.values_list("attempts", "lease_owner")) == {(0, None)}


def test_the_task_pushes_and_comes_again_at_once_while_there_is_more(
    flussonic: FlussonicStandIn, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_all_jobs()
    add(source)
    tasks.push(timestamp=0)
    assert made(flussonic) == {"panel-0001"}
    add(source)
    monkeypatch.setattr(tasks, "SECONDS_OF_PUSH", 0)
    tasks.push(timestamp=0)
    assert [job.queue_name for job in ProcrastinateJob.objects.all()] == ["push"]
    forget_all_jobs()


def test_without_a_flussonic_all_wait(source: Source, settings: Settings) -> None:
    settings.FLUSSONIC_URL = ""
    add(source)
    assert push_due(seconds=5) is False
    assert states() == {"panel-0001": State.PENDING}


def test_a_flussonic_that_is_down_fails_nobody(flussonic: FlussonicStandIn, source: Source) -> None:
    add(source)
    with flussonic.refuse():
        tasks.push(timestamp=0)
    assert states() == {"panel-0001": State.PENDING}


def test_an_api_without_streams_to_write_fails_nobody(
    flussonic: FlussonicStandIn, source: Source, settings: Settings
) -> None:
    settings.FLUSSONIC_API = "media"
    add(source)
    assert push_due(seconds=5) is False
    assert states() == {"panel-0001": State.PENDING}


def test_channels_are_played_where_the_settings_say_by_now(
    flussonic: FlussonicStandIn, source: Source, settings: Settings
) -> None:
    add(source)
    settings.FLUSSONIC_STREAM_URL = "http://edge.example.com"
    push_due(seconds=5)
    assert Channel.objects.get().stream_base_url == "http://edge.example.com"


def test_rounds_with_nothing_to_do_leave_made_playlists_alone(flussonic: FlussonicStandIn, source: Source) -> None:
    add(source)
    push_due(seconds=5)
    version = catalogue_version()
    push_due(seconds=5)
    assert catalogue_version() == version


def test_a_round_takes_as_many_queries_for_many_as_for_few(
    flussonic: FlussonicStandIn, source: Source, django_assert_num_queries: Any
) -> None:
    for _ in range(2):
        for _ in range(1 if not made(flussonic) else 40):
            add(source)
        push_queue.mark_pushes()
        with StreamsClient.from_settings() as client, django_assert_num_queries(10):
            push_streams(client)
    assert list(states().values()) == [State.LIVE] * 41
