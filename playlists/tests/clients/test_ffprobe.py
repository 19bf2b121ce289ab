"""FFmpeg, whose code most players share, plays what our addresses lead to, and Flussonic asks us whether it may."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from channels.models import Channel
from channels.tests.factories import make_channel
from demo.flussonic import FlussonicStandIn
from demo.flussonic_media import HINT, made_media
from integrations.tests.flussonic.watching import SECRET, asking_flussonic
from playlists.tests.xtream.players import PASSWORD, make_player
from subscribers.models import Subscriber

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(shutil.which("ffprobe") is None, reason=HINT),
]
STREAM = "city/news один"


@pytest.fixture
def flussonic(live_server: LiveServer, settings: Settings) -> Iterator[FlussonicStandIn]:
    settings.FLUSSONIC_AUTH_SECRET = SECRET
    media = made_media()
    if media is None:
        pytest.skip(HINT)
    with asking_flussonic(live_server.url, STREAM, media=media) as server:
        yield server


@pytest.fixture
def channel(flussonic: FlussonicStandIn) -> Channel:
    channel = make_channel(stream_name=STREAM, stream_base_url=flussonic.url, catchup_days=7)
    make_player(channels=[channel])
    return channel


def probe(address: str) -> tuple[int, set[str]]:
    """Return how FFmpeg ends, and the codecs that it finds."""
    command = ["ffprobe", "-v", "error", "-rw_timeout", "10000000", "-show_streams", "-of", "json", address]
    run = subprocess.run(command, capture_output=True, timeout=40, check=False)
    found: dict[str, Any] = json.loads(run.stdout or b"{}")
    return run.returncode, {stream["codec_name"] for stream in found.get("streams", [])}


def an_hour_ago() -> str:
    return f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%d:%H-%M}"


@pytest.mark.parametrize(
    ("form", "protocol", "archive"),
    [
        ("/live/{up}/{id}.m3u8", "hls", False),
        ("/live/{up}/{id}.ts", "tshttp", False),
        ("/timeshift/{up}/1/{start}/{id}.m3u8", "hls", True),
        ("/timeshift/{up}/1/{start}/{id}.ts", "tshttp", True),
    ],
)
def test_ffmpeg_plays_live_and_archive_and_flussonic_has_asked_us(
    live_server: LiveServer, flussonic: FlussonicStandIn, channel: Channel, form: str, protocol: str, archive: bool
) -> None:
    path = form.format(up=f"anna/{PASSWORD}", id=channel.pk, start=an_hour_ago())
    assert probe(live_server.url + path) == (0, {"h264", "aac"})
    (session,) = flussonic.sessions.values()
    viewer = Subscriber.objects.get()
    assert session["user_id"] == viewer.agreement_number
    assert (session["proto"], session["dvr"], session["token"]) == (protocol, archive, viewer.token)


def test_who_may_not_watch_any_more_plays_nothing_from_an_address_kept(
    live_server: LiveServer, flussonic: FlussonicStandIn, channel: Channel
) -> None:
    token = Subscriber.objects.get().token
    Subscriber.objects.update(status="disabled")
    code, codecs = probe(f"{flussonic.url}/{STREAM.replace(' ', '%20')}/video.m3u8?token={token}")
    assert (code != 0, codecs, flussonic.sessions) == (True, set(), {})
