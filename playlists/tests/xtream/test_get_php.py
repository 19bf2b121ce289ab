"""Playlists by user name and password, as Xtream panels give them out."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from channels.tests.factories import make_channel
from playlists.tests.xtream.players import PASSWORD, ask, make_player
from subscribers.buffer import flush_all

pytestmark = pytest.mark.django_db
TOKEN = "QeHUZDtsuc56bX69kLWk9Q"


def body(response: Any) -> str:
    return b"".join(response).decode()


@pytest.mark.parametrize("kind", ["m3u", "m3u_plus", "enigma2", "simple", "{type}"])
def test_whatever_the_type_it_is_the_playlist_with_attributes(kind: str) -> None:
    subscriber = make_player(channels=[make_channel(stream_name="OTR", tvg_name="ОТР", display_name="ОТР")])
    response = ask("get.php", type=kind)

    assert (response.status_code, response["Content-Type"]) == (200, "audio/x-mpegurl")
    text = body(response)
    assert '#EXTINF:-1 tvg-name="ОТР",ОТР\n' in text
    assert f"http://stream.example.com:8085/OTR/video.m3u8?token={subscriber.token}\n" in text
    assert PASSWORD not in text


@pytest.mark.parametrize(
    ("output", "path"),
    [
        *(("ts", "mpegts"), ("mpegts", "mpegts"), ("TS", "mpegts"), ("m3u8", "video.m3u8"), ("hls", "video.m3u8")),
        *(("rtmp", "video.m3u8"), ("", "video.m3u8"), (None, "video.m3u8"), ("x\0", "video.m3u8")),
    ],
)
def test_the_output_decides_how_streams_come(output: str | None, path: str) -> None:
    make_player(channels=[make_channel(stream_name="OTR")], token=TOKEN)
    asked = {} if output is None else {"output": output}

    assert f"/OTR/{path}?token={TOKEN}\n" in body(ask("get.php", type="m3u_plus", **asked))


@pytest.mark.parametrize("missing", ["username", "password", "type"])
@pytest.mark.parametrize("how", ["missing", "empty"])
def test_what_is_needed_and_missing_is_told(missing: str, how: str) -> None:
    make_player()
    asked = {"username": "anna", "password": PASSWORD, "type": "m3u_plus"}
    del asked[missing]
    response = Client().get(f"/get.php?{urlencode({**asked, **({missing: ''} if how == 'empty' else {})})}")

    assert (response.status_code, response["Content-Type"]) == (400, "text/plain; charset=utf-8")


@pytest.mark.parametrize("who", [{"password": "wrong"}, {"username": "nobody"}])
def test_wrong_credentials_get_an_empty_playlist(who: dict[str, str]) -> None:
    make_player(channels=[make_channel()])
    response = ask("get.php", type="m3u_plus", **who)

    assert (response.status_code, response["Content-Type"], response.content) == (200, "audio/x-mpegurl", b"#EXTM3U\n")


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "disabled"},
        {"valid_until": datetime(2026, 11, 1, tzinfo=UTC)},
        {"valid_from": datetime.now(UTC) + timedelta(days=1)},
    ],
    ids=["disabled", "lapsed", "not yet valid"],
)
def test_who_may_not_watch_is_told_so_in_plain_words(fields: dict[str, Any]) -> None:
    make_player(**fields)
    response = ask("get.php", type="m3u_plus")

    assert (response.status_code, response["Content-Type"]) == (403, "text/plain; charset=utf-8")
    assert response.content == b"The subscription has ended or is disabled.\n"


def test_a_player_asks_by_head_and_then_only_for_what_is_new() -> None:
    make_player(channels=[make_channel()])
    address = f"/get.php?username=anna&password={PASSWORD}&type=m3u_plus"
    Client().get(address)
    flush_all()
    first = Client().get(address)
    head = Client().head(address)

    assert (head.status_code, head.content, head["Last-Modified"]) == (200, b"", first["Last-Modified"])
    assert Client(headers={"if-none-match": first["ETag"]}).get(address).status_code == 304


@pytest.mark.parametrize("name", ["if-none-match", "if-modified-since"])
def test_a_post_is_always_answered_with_the_playlist(name: str) -> None:
    make_player(channels=[make_channel()])
    asked = {"username": "anna", "password": PASSWORD, "type": "m3u_plus"}
    Client().post("/get.php", asked)
    flush_all()
    first = Client().post("/get.php", asked)
    header = first["ETag"] if name == "if-none-match" else first["Last-Modified"]

    assert Client(headers={name: header}).post("/get.php", asked).status_code == 200
