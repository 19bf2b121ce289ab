"""Playlists as staff see them: of any subscriber, whether or not they may watch."""

from typing import Any

import pytest
from django.http import Http404
from django.test import RequestFactory

from channels.tests.factories import make_channel, make_channels
from playlists.playlist import preview_text
from playlists.views import staff_playlist_response
from subscribers.models import Subscriber
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


def response_for_staff(subscriber: Subscriber) -> Any:
    return staff_playlist_response(subscriber, RequestFactory().get("/"))


def test_staff_can_download_the_playlist_of_a_disabled_subscriber() -> None:
    subscriber = make_subscriber(status=Subscriber.Status.DISABLED, channels=[make_channel(display_name="First")])

    assert b",First\n" in response_for_staff(subscriber).getvalue()


def test_a_preview_holds_the_first_channels() -> None:
    subscriber = make_subscriber(status=Subscriber.Status.DISABLED, channels=make_channels(3))
    whole = response_for_staff(subscriber).getvalue().decode()

    assert preview_text(subscriber, 2) == "".join(whole.splitlines(keepends=True)[:5])


def test_a_preview_of_nothing_is_an_empty_playlist() -> None:
    assert preview_text(make_subscriber(), 10) == "#EXTM3U\n"


def test_a_subscriber_who_is_gone_by_now_has_no_playlist() -> None:
    subscriber = make_subscriber()
    Subscriber.objects.all().delete()

    with pytest.raises(Http404):
        response_for_staff(subscriber)
