"""Whatever players send, it is answered."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.models import Channel
from channels.tests.factories import make_channel
from playlist_project.wsgi import application
from playlists.tests.xtream.players import PASSWORD, make_player
from playlists.xtream.actions import ACTIONS

pytestmark = pytest.mark.django_db
TEXTS = st.text(max_size=20) | st.sampled_from(["0", "-1", "9" * 30, "1795284000", "\0", "²", "é", "{utc}", "%00"])
NAMES = st.sampled_from(
    [
        *("action", "category_id", "stream_id", "vod_id", "series_id", "limit", "type", "output", "utc", "utcend"),
        *("stream", "start", "duration", "extension", "username", "password"),
    ]
)
CHARSETS = st.sampled_from(["hex", "base64", "rot13", "undefined", "idna", "punycode", "utf-16", "utf-8", "none"])
SCRIPTS = st.sampled_from(["get.php", "player_api.php", "panel_api.php", "timeshift.php"])
PART = TEXTS.map(lambda text: quote(text, safe="")).filter(lambda part: part not in ("", ".", ".."))


# The channel is the same for all examples, and none of them changes it.
junk = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def channel() -> Channel:
    channel = make_channel(catchup_days=7)
    make_player(channels=[channel])
    return channel


@junk
@given(SCRIPTS, st.sampled_from(list(ACTIONS)), st.dictionaries(NAMES, TEXTS), st.booleans())
def test_no_parameter_is_an_error_of_ours(
    channel: Channel, script: str, action: str, odd: dict[str, str], in_body: bool
) -> None:
    known = {"username": "anna", "password": PASSWORD, "action": action, "stream_id": str(channel.pk)}
    asked: dict[str, Any] = {**known, "type": "m3u", **odd}
    response = Client().post(f"/{script}", asked) if in_body else Client().get(f"/{script}", asked)

    assert response.status_code in (200, 302, 400, 401, 403, 404, 429)


@junk
@given(PART, PART, PART, PART, PART)
def test_no_path_is_an_error_of_ours(channel: Channel, username: str, password: str, a: str, b: str, c: str) -> None:
    for who in (f"anna/{PASSWORD}", f"{username}/{password}"):
        for path in (f"live/{who}/{a}", f"{who}/{channel.pk}.{a}", f"timeshift/{who}/{a}/{b}/{c}"):
            assert Client().get(f"/{path}").status_code in (302, 401, 403, 404, 429), path


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Let requests that come as from gunicorn leave the test's connection open, as the test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
@junk
@given(SCRIPTS, CHARSETS, st.sampled_from(["GET", "POST"]), TEXTS)
def test_no_charset_is_an_error_of_ours(channel: Channel, script: str, charset: str, method: str, text: str) -> None:
    asked = urlencode({"username": "anna", "password": PASSWORD, "type": "m3u", "action": text})
    for content_type in (f"text/plain; charset={charset}", f"application/json; x*={charset}''%D0"):
        status = status_from_wsgi(f"/{script}", method, asked, content_type)

        assert status == ("404 Not Found" if script == "timeshift.php" else "200 OK")


def status_from_wsgi(path: str, method: str, query: str, content_type: str) -> str:
    """Return the status of an answer to a request that comes as from gunicorn."""
    statuses: list[str] = []
    environ: dict[str, Any] = {"PATH_INFO": path, "QUERY_STRING": query, "CONTENT_TYPE": content_type}
    environ.update(REQUEST_METHOD=method, HTTP_HOST="testserver", REMOTE_ADDR="192.0.2.7")
    setup_testing_defaults(environ)
    answer: Any = application(environ, lambda status, *_: statuses.append(status))
    for _ in answer:
        pass
    answer.close()
    return statuses[-1]


@junk
@given(st.binary(max_size=50), st.sampled_from(["application/json", "multipart/form-data; boundary=x", "a/b"]))
def test_no_body_is_an_error_of_ours(channel: Channel, body: bytes, content_type: str) -> None:
    response = Client().post(f"/player_api.php?username=anna&password={PASSWORD}", body, content_type)

    assert response.status_code in (200, 400)
