"""Whatever players send, it is answered."""

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.models import Channel
from channels.tests.factories import make_channel
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


@junk
@given(st.binary(max_size=50), st.sampled_from(["application/json", "multipart/form-data; boundary=x", "a/b"]))
def test_no_body_is_an_error_of_ours(channel: Channel, body: bytes, content_type: str) -> None:
    response = Client().post(f"/player_api.php?username=anna&password={PASSWORD}", body, content_type)

    assert response.status_code in (200, 400)
