"""Flussonic restreams the channels of lists: what exists there is what should."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from channels.models import Channel, Source
from channels.sources import create_list
from channels.tests.factories import make_channel
from demo.flussonic import FlussonicStandIn
from integrations.flussonic import push_queue
from integrations.flussonic.pushing import PushResult
from integrations.models import PushedStream
from integrations.tests.flussonic.pushes import URL, add, due_now, made, push, restreamed, states, written

pytestmark = pytest.mark.django_db
State = PushedStream.State


@pytest.fixture
def source() -> Source:
    return restreamed()


def test_each_channel_of_the_list_becomes_a_stream_on_demand(flussonic: FlussonicStandIn, source: Source) -> None:
    channel = add(source, stream_name="panel-1", display_name="Первый / One")

    assert push() == PushResult(made=1)

    stream = flussonic.streams["panel-1"]
    assert (stream["inputs"], stream["title"], stream["static"]) == ([{"url": URL}], "Первый / One", False)
    row = PushedStream.objects.get()
    assert (row.state, row.source, row.last_error, row.attempts) == (State.LIVE, source, "", 0)
    assert str(channel) == "Первый / One"


def test_the_body_is_what_the_vendors_documents_say(flussonic: FlussonicStandIn, source: Source) -> None:
    add(source, display_name=None)
    push()
    (request,) = [request for request in flussonic.requests if request.method == "PUT"]
    assert request.json() == {"inputs": [{"url": URL}], "title": "panel-0001", "static": False}


def test_a_name_is_percent_encoded_whole(flussonic: FlussonicStandIn, source: Source) -> None:
    channel = add(source, stream_name="a/b c.ü")
    push()
    channel.delete()
    push()
    path = "/streamer/api/v3/streams/a%2Fb%20c.%C3%BC"
    assert written(flussonic) == [("PUT", path), ("DELETE", path)]


def test_nothing_is_sent_while_nothing_changes(flussonic: FlussonicStandIn, source: Source) -> None:
    add(source)
    push()
    flussonic.requests.clear()

    assert push_queue.mark_pushes() == 0
    assert push() == PushResult()
    assert not flussonic.requests


@pytest.mark.parametrize("change", [{"source_url": "http://other.example.com/1"}, {"display_name": "Another"}])
def test_another_address_or_title_is_sent(change: dict[str, str], flussonic: FlussonicStandIn, source: Source) -> None:
    add(source)
    push()
    Channel.objects.update(**change)
    assert push() == PushResult(made=1)
    stream = flussonic.streams["panel-0001"]
    assert {"source_url": stream["inputs"][0]["url"], "display_name": stream["title"]}.items() >= change.items()


def test_what_changes_while_it_is_sent_is_sent_again(flussonic: FlussonicStandIn, source: Source) -> None:
    add(source)
    push_queue.mark_pushes()
    push_queue.sort_out(PushedStream.objects.get().pk, (), now=timezone.now())
    owner = uuid4()
    claims = push_queue.claim_due(owner, now=timezone.now(), limit=9, lease=timedelta(seconds=9))
    Channel.objects.update(display_name="Newer")
    push_queue.mark_pushes()
    push_queue.record(owner, [push_queue.Outcome(claim) for claim in claims], now=timezone.now())

    push()

    assert flussonic.streams["panel-0001"]["title"] == "Newer"


REASONS: dict[str, Callable[[], object]] = {
    "channel deleted": lambda: Channel.objects.all().delete(),
    "channel inactive": lambda: Channel.objects.update(is_active=False),
    "source inactive": lambda: Source.objects.update(is_active=False),
    "delivered directly": lambda: Source.objects.update(delivery="direct"),
    "source deleted": lambda: (Channel.objects.all().delete(), Source.objects.all().delete()),
}


@pytest.mark.parametrize("reason", REASONS)
def test_a_stream_is_removed_when_its_reason_is_gone(reason: str, flussonic: FlussonicStandIn, source: Source) -> None:
    add(source)
    push()
    REASONS[reason]()

    assert push() == PushResult(removed=1)

    assert made(flussonic) == set()
    assert not PushedStream.objects.exists()


def test_an_orphan_stays_as_its_holders_keep_it(flussonic: FlussonicStandIn, source: Source) -> None:
    add(source)
    push()
    Channel.objects.update(sync_status="orphaned")
    assert push() == PushResult()
    assert made(flussonic) == {"panel-0001"}


def test_one_that_is_gone_over_there_counts_as_removed(flussonic: FlussonicStandIn, source: Source) -> None:
    add(source)
    push()
    del flussonic.streams["panel-0001"]
    Channel.objects.all().delete()
    assert push() == PushResult(removed=1)
    assert not PushedStream.objects.exists()


def test_one_that_is_wanted_again_before_it_was_removed_stays(flussonic: FlussonicStandIn, source: Source) -> None:
    add(source)
    push()
    Source.objects.update(is_active=False)
    push_queue.mark_pushes()
    assert states() == {"panel-0001": State.REMOVING}
    Source.objects.update(is_active=True)
    push_queue.mark_pushes()
    assert states() == {"panel-0001": State.PENDING}

    assert push() == PushResult(made=1)

    assert made(flussonic) == {"panel-0001"}
    assert states() == {"panel-0001": State.LIVE}


def test_a_list_that_players_open_directly_makes_nothing(flussonic: FlussonicStandIn) -> None:
    add(create_list("Direct"))
    make_channel()  # Flussonic's own
    assert push() == PushResult()
    assert not flussonic.requests


def test_a_stream_that_others_have_made_is_never_touched(flussonic: FlussonicStandIn, source: Source) -> None:
    flussonic.streams["panel-0001"] = {"name": "panel-0001", "title": "Theirs", "named_by": "config"}
    add(source)

    push()

    row = PushedStream.objects.get()
    assert (row.state, "has not made" in row.last_error) == (State.FAILED, True)
    Channel.objects.all().delete()
    push()
    assert not PushedStream.objects.exists()
    assert written(flussonic) == []
    assert flussonic.streams["panel-0001"]["title"] == "Theirs"


def test_nothing_is_sent_before_it_is_known_whose_the_name_is(source: Source) -> None:
    add(source)
    push_queue.mark_pushes()
    assert push_queue.claim_due(uuid4(), now=timezone.now(), limit=9, lease=timedelta(seconds=9)) == []


def test_once_others_have_removed_theirs_ours_is_made(flussonic: FlussonicStandIn, source: Source) -> None:
    flussonic.streams["panel-0001"] = {"name": "panel-0001", "named_by": "config"}
    add(source)
    push()
    del flussonic.streams["panel-0001"]
    assert push() == PushResult()  # not at once
    due_now()
    assert push() == PushResult(made=1)
