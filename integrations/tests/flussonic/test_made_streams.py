"""What a sync makes of the streams that this service has made itself: nothing."""

import pytest
import requests

from channels.models import Channel, Source
from demo.flussonic import FlussonicStandIn
from integrations.flussonic import push_queue
from integrations.flussonic.client import FlussonicClient
from integrations.flussonic.pushing import PushResult
from integrations.flussonic.sync import SyncResult, TooManyOrphans, plan_sync, sync_channels
from integrations.models import PushedStream
from integrations.tests.flussonic.pushes import add, push, restreamed

pytestmark = pytest.mark.django_db


def sync() -> SyncResult:
    with FlussonicClient.from_settings() as client:
        return sync_channels(client)


def of_flussonic() -> set[str]:
    return set(Channel.objects.filter(source=Source.objects.flussonic()).values_list("stream_name", flat=True))


def test_the_stand_in_lists_and_plays_what_was_made(flussonic: FlussonicStandIn) -> None:
    add(restreamed())
    push()
    listed = requests.get(f"{flussonic.url}/streamer/api/v3/streams", timeout=5).json()["streams"]
    (made,) = [stream for stream in listed if stream["name"] == "panel-0001"]
    assert (made["named_by"], made["static"], made["title"]) == ("config", False, "Channel 1")
    assert requests.get(f"{flussonic.url}/panel-0001/index.m3u8", timeout=5).status_code == 200


def test_a_sync_neither_takes_them_over_nor_skips_nor_counts_them(flussonic: FlussonicStandIn) -> None:
    add(restreamed())
    push()
    assert sync() == SyncResult(total=1, new=1)
    assert sync() == SyncResult(total=1)
    with FlussonicClient.from_settings() as client:
        plan = plan_sync(client)
    assert (plan.total, plan.new, plan.skipped) == (1, (), ())
    assert of_flussonic() == {"news"}


@pytest.mark.parametrize("gone", ["channel", "source", "delivery"])
def test_what_is_still_to_be_removed_does_not_come_back(gone: str, flussonic: FlussonicStandIn) -> None:
    source = restreamed()
    add(source)
    push()
    if gone == "delivery":
        Source.objects.update(delivery="direct")
    else:
        Channel.objects.all().delete()
    if gone == "source":
        source.delete()

    for _ in range(2):  # before and after it is marked
        assert sync().skipped == ()
        assert of_flussonic() == {"news"}
        push_queue.mark_pushes()


def test_one_that_is_removed_while_the_list_is_read_does_not_come_back(
    flussonic: FlussonicStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(restreamed())
    push()
    Channel.objects.all().delete()
    with FlussonicClient.from_settings() as client:
        streams = client.streams
        monkeypatch.setattr(client, "streams", lambda progress: (streams(progress), push())[0])
        sync_channels(client)

    assert not PushedStream.objects.exists()
    assert of_flussonic() == {"news"}


def test_one_that_is_made_while_the_list_is_read_is_not_taken_for_lost(
    flussonic: FlussonicStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(restreamed())
    with FlussonicClient.from_settings() as client:
        streams = client.streams
        monkeypatch.setattr(client, "streams", lambda progress: (streams(progress), push())[0])
        sync_channels(client)
    assert PushedStream.objects.get().state == "live"


def test_a_foreign_stream_of_a_lists_name_is_named_as_skipped(flussonic: FlussonicStandIn) -> None:
    flussonic.streams["panel-0001"] = {"name": "panel-0001", "named_by": "config"}
    add(restreamed())
    push()
    assert [name for name, _reason in sync().skipped] == ["panel-0001"]


def test_what_flussonic_has_lost_is_made_again(flussonic: FlussonicStandIn) -> None:
    source = restreamed()
    for _ in range(3):
        add(source)
    push()
    del flussonic.streams["panel-0002"]

    sync()

    assert set(PushedStream.objects.filter(state="pending").values_list("stream_name", flat=True)) == {"panel-0002"}
    push()
    assert "panel-0002" in flussonic.streams


@pytest.mark.parametrize("made_again", [True, False])
def test_what_flussonic_has_left_out_once_stays_ours(made_again: bool, flussonic: FlussonicStandIn) -> None:
    add(restreamed())
    push()
    left_out = flussonic.streams.pop("panel-0001")
    sync()
    flussonic.streams["panel-0001"] = left_out

    if made_again:
        assert push() == PushResult(made=1)
        assert PushedStream.objects.get().state == "live"
    Channel.objects.filter(stream_name="panel-0001").delete()

    assert push() == PushResult(removed=1)
    assert set(flussonic.streams) == {"news"}
    assert not PushedStream.objects.exists()


def test_a_sync_that_is_refused_makes_nothing_again(flussonic: FlussonicStandIn) -> None:
    add(restreamed())
    push()
    sync()
    flussonic.faults.empty = True
    with pytest.raises(TooManyOrphans):
        sync()
    assert PushedStream.objects.get().state == "live"
