"""No password of a player reaches a log, whichever way it came."""

import logging
import logging.config
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from django.conf import settings
from django.test import Client

from channels.tests.factories import make_channel
from playlist_project.logs import logging_config
from playlists.tests.xtream.players import PASSWORD, make_player
from playlists.xtream import views

pytestmark = pytest.mark.django_db


@pytest.fixture
def written() -> Iterator[Callable[[], str]]:
    """Return what production would have logged so far, statements included."""
    logging.config.dictConfig(logging_config(level="DEBUG", form="json", echo_sql=False, token_key="token"))
    stream = StringIO()
    (console,) = logging.getLogger().handlers
    assert isinstance(console, logging.StreamHandler)
    console.setStream(stream)
    yield stream.getvalue
    logging.config.dictConfig(settings.LOGGING)


@pytest.mark.parametrize(
    "address",
    [
        "/get.php?username=anna&password={password}&type=m3u",
        "/player_api.php?username=anna&password={password}&action=get_live_streams",
        "/xmltv.php?username=anna&password={password}",
        "/live/anna/{password}/{id}.ts",
        "/anna/{password}/{id}",
        "/epg/anna/{password}",
        "/timeshift/anna/{password}/60/2026-11-21:18-00/{id}.ts",
        "/movie/anna/{password}/{id}.mp4",
    ],
)
@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_a_request_is_logged_without_its_password(written: Callable[[], str], address: str, right: bool) -> None:
    channel = make_channel()
    subscriber = make_player(channels=[channel])
    password = PASSWORD if right else f"{PASSWORD}-not"
    Client().get(address.format(password=password, id=channel.pk))

    assert "request_finished" in written()
    assert PASSWORD not in written()
    assert subscriber.token not in written()


@pytest.mark.parametrize("address", ["/hls/anna/{password}/7.m3u8", "/anna/{password}/7/", "/playlist/{token}"])
def test_an_address_that_nobody_knows_of_a_host_that_is_not_ours_is_logged_without_it(
    written: Callable[[], str], address: str
) -> None:
    token = make_player().token
    response = Client(headers={"host": "evil.example.com"}).get(address.format(password=PASSWORD, token=token))

    assert response.status_code == 400
    assert "Invalid HTTP_HOST header" in written()
    assert PASSWORD not in written()
    assert token not in written()


@pytest.mark.parametrize("address", ["/live/anna/{password}/7.ts", "/anna/{password}/7", "/timeshift.php?{query}"])
def test_a_failure_of_ours_is_logged_without_the_password(
    written: Callable[[], str], monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    make_player()
    # Two arguments missing: an error that has nothing to do with what was asked.
    monkeypatch.setattr(views, "address_of", lambda: None)
    query = f"username=anna&password={PASSWORD}&stream=7&start=1795284000"
    response = Client(raise_request_exception=False).get(address.format(password=PASSWORD, query=query))

    assert response.status_code == 500
    assert "request_failed" in written()
    assert PASSWORD not in written()
