"""Who plays has a session, as the backend of ``on_play`` allows; what ends it ends the playback."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from demo.flussonic import FlussonicStandIn
from demo.flussonic_sessions import DEFAULT_AUTH_SECONDS
from demo.http_server import Reply, Request
from demo.standin import StandIn, route
from demo.tests.flussonic.calls import V3, call


class Backend(StandIn):
    """Answers what it is told to; ``asked`` holds the questions."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, str]] = []
        self.reply = allowed()
        self.routes.append(route("/auth", GET=self._answer))

    def _answer(self, request: Request) -> Reply:
        self.asked.append(request.query)
        return self.reply


def allowed(**headers: str) -> Reply:
    return Reply(200, headers={"X-UserId": "A-1", "X-Max-Sessions": "2", "X-AuthDuration": "60", **headers})


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as backend:
        yield backend


@pytest.fixture
def server(backend: Backend) -> Iterator[FlussonicStandIn]:
    streams = [{"name": name} for name in ("news", "sport", "films")]
    with FlussonicStandIn(streams, on_play=f"{backend.url}/auth") as server:
        yield server


def play(server: FlussonicStandIn, path: str = "news/video.m3u8", token: str = "t", player: str = "box") -> int:
    return call(f"{server.url}/{path}?token={token}", **{"User-Agent": player})[0]


def listed(server: FlussonicStandIn, query: str = "") -> list[dict[str, Any]]:
    sessions: list[dict[str, Any]] = call(f"{server.url}{V3}/sessions?{query}")[1]["sessions"]
    return sessions


def wait_for(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.02)


def test_the_backend_is_told_who_wants_what_and_asked_once(server: FlussonicStandIn, backend: Backend) -> None:
    assert [play(server), play(server), play(server, "news/segment-7.ts")] == [200, 200, 200]

    (question,) = backend.asked
    expected = {"name": "news", "proto": "hls", "ip": "127.0.0.1", "request_type": "new_session", "token": "t"}
    assert {key: question[key] for key in expected} == expected
    assert {"session_id", "request_number", "stream_clients", "total_clients"} <= question.keys()
    assert dict(parse_qsl(question["qs"])) == {"token": "t"}
    assert "dvr" not in question


def test_a_token_that_the_player_did_not_send_is_made_up(server: FlussonicStandIn, backend: Backend) -> None:
    call(f"{server.url}/news/video.m3u8")

    assert len(backend.asked[0]["token"]) == 40
    assert "token" not in backend.asked[0].get("qs", "")


@pytest.mark.parametrize(
    ("path", "protocol", "dvr"),
    [
        ("index.m3u8", "hls", None),
        ("mpegts", "tshttp", None),
        ("archive-1700000000-3600.m3u8", "hls", "true"),
        ("archive-1700000000-now.m3u8", "hls", "true"),
        ("video-1700000000-60.m3u8", "hls", "true"),
        ("index-1700000000-60.m3u8", "hls", "true"),
        ("timeshift_abs-1700000000.m3u8", "hls", "true"),
        ("timeshift_abs-1700000000.ts", "tshttp", "true"),
        ("timeshift_rel-60.m3u8", "hls", "true"),
        ("video-timeshift_abs-1700000000.m3u8", "hls", "true"),
        ("video-timeshift_rel-60.m3u8", "hls", "true"),
    ],
)
def test_every_form_of_address_is_asked_about(
    server: FlussonicStandIn, backend: Backend, path: str, protocol: str, dvr: str | None
) -> None:
    assert play(server, f"news/{path}") == 200
    assert (backend.asked[0]["proto"], backend.asked[0].get("dvr")) == (protocol, dvr)


def test_a_refusal_is_403_and_opens_no_session(server: FlussonicStandIn, backend: Backend) -> None:
    backend.reply = Reply(403)

    assert play(server) == 403
    assert listed(server) == []


def test_a_redirect_of_the_backend_is_passed_on(server: FlussonicStandIn, backend: Backend) -> None:
    backend.reply = Reply(302, headers={"Location": "http://other.example/news/video.m3u8"})
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
    connection.request("GET", "/news/video.m3u8?token=t")
    answer = connection.getresponse()

    assert (answer.status, answer.headers["Location"]) == (302, "http://other.example/news/video.m3u8")
    connection.close()


def test_a_backend_that_is_down_denies_new_sessions_and_keeps_running_ones(
    server: FlussonicStandIn, backend: Backend
) -> None:
    backend.reply = allowed(**{"X-AuthDuration": "0"})
    play(server)
    with backend.refuse():
        time.sleep(0.3)
        assert [play(server), play(server, "sport/video.m3u8")] == [200, 403]


def test_after_x_authduration_it_is_asked_again_with_what_was_sent(server: FlussonicStandIn, backend: Backend) -> None:
    backend.reply = allowed(**{"X-AuthDuration": "0"})
    play(server, "news/segment-1.ts")
    wait_for(lambda: len(backend.asked) > 2)

    assert (backend.asked[-1]["request_type"], backend.asked[-1]["bytes"]) == ("update_session", str(188 * 7))

    backend.reply = Reply(403)
    wait_for(lambda: not server.sessions)
    assert play(server, "news/segment-1.ts") == 403


def test_without_x_authduration_an_answer_holds_for_three_minutes(server: FlussonicStandIn, backend: Backend) -> None:
    backend.reply = Reply(200)
    play(server)
    (session,) = server.sessions.values()

    assert 0 < session["_due"] - time.monotonic() <= DEFAULT_AUTH_SECONDS


def test_a_session_too_many_ends_the_oldest_which_may_come_back_where_the_limit_is_soft(
    server: FlussonicStandIn,
) -> None:
    for path in ("news", "sport", "films"):
        play(server, f"{path}/video.m3u8")
        time.sleep(0.005)

    assert sorted(session["name"] for session in listed(server, "user_id=A-1")) == ["films", "sport"]
    assert play(server) == 200


def test_without_a_soft_limit_the_oldest_is_banned(server: FlussonicStandIn) -> None:
    server.soft_limitation = False
    for path in ("news", "sport", "films"):
        play(server, f"{path}/video.m3u8")
        time.sleep(0.005)

    assert play(server) == 403


def test_sessions_are_listed_in_pages(server: FlussonicStandIn, backend: Backend) -> None:
    backend.reply = allowed(**{"X-Max-Sessions": "99"})
    for number in range(5):
        play(server, player=f"box {number}")

    first = call(f"{server.url}{V3}/sessions?limit=3&sort=id&select=id,name")[1]
    second = call(f"{server.url}{V3}/sessions?limit=3&sort=id&select=id,name&cursor={first['next']}")[1]

    assert [len(page["sessions"]) for page in (first, second)] == [3, 2]
    assert "next" not in second
    assert first["sessions"][0].keys() == {"id", "name"}
    assert call(f"{server.url}{V3}/sessions?cursor=nonsense")[0] == 500


def test_a_session_that_is_deleted_has_to_ask_anew(server: FlussonicStandIn, backend: Backend) -> None:
    play(server)
    (session,) = listed(server)
    assert {"id", "name", "user_id", "token", "ip", "opened_at"} <= session.keys()
    assert not any(key.startswith("_") for key in session)
    assert call(f"{server.url}{V3}/sessions/{session['id']}", method="DELETE")[0] == 204
    backend.reply = Reply(403)

    assert play(server, "news/segment-1.ts") == 403


def test_all_sessions_of_a_stream_are_asked_about_again_by_its_name(server: FlussonicStandIn, backend: Backend) -> None:
    for stream in ("news", "sport"):
        play(server, f"{stream}/video.m3u8")
    backend.reply = Reply(403)

    assert call(f"{server.url}{V3}/sessions/reauth?name=news", method="POST")[1] == {"estimated_count": 1}
    wait_for(lambda: [session["name"] for session in listed(server)] == ["sport"])


def test_a_head_request_opens_no_session(server: FlussonicStandIn, backend: Backend) -> None:
    assert call(f"{server.url}/news/video.m3u8?token=t", method="HEAD")[0] == 200
    assert backend.asked == []


def test_segments_have_names_that_ffmpeg_takes(server: FlussonicStandIn) -> None:
    manifest = call(f"{server.url}/news/video.m3u8?token=t")[1]

    assert all(urlsplit(line).path.endswith(".ts") for line in manifest.splitlines() if not line.startswith("#"))
    assert json.dumps(manifest).count("token=t") == 3
