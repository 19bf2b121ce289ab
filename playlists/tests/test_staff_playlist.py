"""Playlists as staff see them: of any subscriber, whether or not they may watch."""

from typing import Any

import pytest
from django.test import RequestFactory

from channels.tests.factories import make_channel, make_channels
from playlists.views import build_playlist, playlist_response, preview_text
from subscribers.models import Subscriber
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


def response_for_staff(subscriber: Subscriber) -> Any:
    return playlist_response(subscriber, RequestFactory().get("/"))


def test_staff_can_download_the_playlist_of_a_disabled_subscriber() -> None:
    subscriber = make_subscriber(status=Subscriber.Status.DISABLED, channels=[make_channel(display_name="First")])

    assert b",First\n" in response_for_staff(subscriber).getvalue()


def test_a_preview_holds_the_first_channels() -> None:
    subscriber = make_subscriber(status=Subscriber.Status.DISABLED, channels=make_channels(3))
    whole = b"".join(build_playlist(subscriber).chunks).decode()

    assert preview_text(subscriber, 2) == "".join(whole.splitlines(keepends=True)[:5])


def test_a_preview_of_nothing_is_an_empty_playlist() -> None:
    assert preview_text(make_subscriber(), 10) == "#EXTM3U\n"


def test_a_built_playlist_knows_its_size_and_is_cut_in_chunks() -> None:
    playlist = build_playlist(make_subscriber(channels=make_channels(3, display_name="Я" * 255, tvg_name="Я" * 255)))

    assert playlist.size == sum(len(chunk) for chunk in playlist.chunks) > 3_000
