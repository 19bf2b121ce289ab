"""What staff are told of the streams that Flussonic restreams."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.asserts import assertContains
from pytest_django.fixtures import Settings

from channels.models import Channel
from channels.tests.factories import make_channel
from demo.flussonic import FlussonicStandIn
from integrations.flussonic import push_queue
from integrations.flussonic.push_standing import PushState, push_counts, push_states
from integrations.models import PushedStream
from integrations.tests.flussonic.pushes import add, push, restreamed

pytestmark = pytest.mark.django_db
PAGE = "/admin/integrations/pushedstream/"


def said(*channels: Channel) -> list[tuple[str, str]]:
    states = push_states([channel.pk for channel in channels])
    return [(states[channel.pk].state, states[channel.pk].error) for channel in channels]


def test_each_state_is_counted_for_the_source_alone(flussonic: FlussonicStandIn) -> None:
    source, other = restreamed(), restreamed("Other")
    add(source)
    doomed = add(source)
    add(source, source_url="nonsense://x")
    add(other)
    push()
    doomed.delete()
    push_queue.mark_pushes()
    add(source, stream_name="new")  # so new that nobody has looked at it
    assert push_counts(source) == {"pending": 1, "live": 1, "failed": 1, "removing": 1}
    assert push_counts(other) == {"pending": 0, "live": 1, "failed": 0, "removing": 0}


def test_channels_that_are_not_restreamed_have_no_state(flussonic: FlussonicStandIn) -> None:
    direct = add(restreamed(delivery="direct"))
    assert push_states([make_channel().pk, direct.pk]) == {}


def test_a_state_comes_with_its_reason_and_since_when(flussonic: FlussonicStandIn) -> None:
    source = restreamed()
    live, refused = add(source), add(source, source_url="nonsense://x")
    push()
    new = add(source)
    states = push_states([live.pk, refused.pk, new.pk])
    assert (states[live.pk].state, states[live.pk].error) == ("live", "")
    assert "bad_url" in states[refused.pk].error
    assert states[live.pk].since is not None
    assert states[new.pk] == PushState("pending")


def test_all_wait_for_the_same_reason_while_flussonic_is_down(flussonic: FlussonicStandIn) -> None:
    source = restreamed()
    channels = [add(source), add(source)]
    with flussonic.refuse():
        push()
        first, second = said(*channels)
    assert first == second
    assert "cannot be reached" in first[1]


def test_without_a_flussonic_one_is_told_so(settings: Settings) -> None:
    settings.FLUSSONIC_URL = ""
    channel = add(restreamed())
    for _ in range(2):
        assert said(channel) == [("pending", "Flussonic is not configured.")]
        push_queue.mark_pushes()


def test_an_api_that_cannot_do_it_is_named(flussonic: FlussonicStandIn, settings: Settings) -> None:
    settings.FLUSSONIC_API = "media"
    assert "FLUSSONIC_API" in said(add(restreamed()))[0][1]


def test_the_list_leads_to_the_channels_and_says_why(admin_client: Client, flussonic: FlussonicStandIn) -> None:
    source = restreamed()
    channel = add(source)
    add(source, source_url="nonsense://x")
    push()
    page = admin_client.get(PAGE)
    assertContains(page, f"/admin/channels/channel/{channel.pk}/change/")
    assertContains(page, "bad_url")
    page = admin_client.get(PAGE, {"state__exact": "failed", "source__id__exact": str(source.pk)})
    assert [row.stream_name for row in page.context["cl"].result_list] == ["panel-0002"]


def test_the_list_takes_as_many_queries_for_many_as_for_few(
    admin_client: Client, flussonic: FlussonicStandIn, django_assert_max_num_queries: Any
) -> None:
    source = restreamed()
    counts = []
    for amount in (2, 20):
        for _ in range(amount):
            add(source)
        push()
        with django_assert_max_num_queries(100) as queries:
            assert admin_client.get(PAGE).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert PushedStream.objects.count() == 22
