"""What the tests of the Flussonic client may rely on."""

import base64
import json
from urllib.parse import quote

import pytest

from demo.catalogue import demo_streams, many_streams
from demo.flussonic import APIS, FlussonicStandIn
from demo.flussonic_pages import SECRET
from demo.tests.flussonic.calls import V3, all_names, call, listed


def test_a_page_holds_100_streams_by_default(server: FlussonicStandIn) -> None:
    _, page = listed(server)

    assert len(page["streams"]) == 100
    assert page["estimated_count"] == 250


@pytest.mark.parametrize("query", [{"sort": "name", "limit": 60}, {"sort": "name"}, {"limit": 500}, {}])
def test_following_next_yields_every_stream_once(server: FlussonicStandIn, query: dict[str, str | int]) -> None:
    assert sorted(all_names(server, **query)) == sorted(server.streams)


def test_the_last_page_has_no_next(server: FlussonicStandIn) -> None:
    assert "next" not in listed(server, limit=250)[1]


def test_a_cursor_by_name_survives_a_deleted_stream_and_one_by_position_skips(server: FlussonicStandIn) -> None:
    by_name = listed(server, sort="name")[1]["next"]
    by_position = listed(server)[1]["next"]
    del server.streams["ch00001"]

    assert listed(server, sort="name", cursor=by_name)[1]["streams"][0]["name"] == "ch00101"
    assert listed(server, cursor=by_position)[1]["streams"][0]["name"] == "ch00102"


def test_the_cursor_by_name_looks_as_documented(server: FlussonicStandIn) -> None:
    server.streams = {name: {} for name in ("c/03", "c/04")}

    assert base64.b64decode(listed(server, sort="name", limit=1)[1]["next"]) == b"name_gt=c%2F03"


@pytest.mark.parametrize("query", [{"cursor": "?"}, {"cursor": "bmFtZV9ndD1h"}, {"cursor": "eA==", "sort": "name"}])
def test_a_bad_cursor_is_answered_with_a_bare_500(server: FlussonicStandIn, query: dict[str, str | int]) -> None:
    assert listed(server, **query) == (500, "")


def test_only_selected_fields_are_returned(server: FlussonicStandIn) -> None:
    stream = listed(server, select="name,dvr.expiration,stats.alive", limit=1)[1]["streams"][0]

    assert stream == {"name": "ch00001", "dvr": {"expiration": 7 * 86_400}, "stats": {"alive": True}}


def test_without_a_selection_secrets_are_returned(server: FlussonicStandIn) -> None:
    assert SECRET in json.dumps(listed(server)[1])


def test_a_change_of_a_stream_is_seen_at_once(server: FlussonicStandIn) -> None:
    listed(server, select="title")
    server.streams["ch00001"]["title"] = "Changed"

    assert listed(server, select="title")[1]["streams"][0] == {"title": "Changed"}


@pytest.mark.parametrize("name", ["regional/north/news", "café-crème", "market bell", "белая-вежа", "polka.dot.tv"])
def test_any_name_can_be_shown_and_played(name: str) -> None:
    with FlussonicStandIn(demo_streams()) as server:
        assert call(f"{server.url}{V3}/streams/{quote(name, safe='')}")[1]["name"] == name
        assert call(f"{server.url}/{quote(name)}/video.m3u8?token=t")[1].endswith(".ts?token=t\n")


@pytest.mark.parametrize("path", ["index.m3u8", "video.m3u8", "archive-1700000000-3600.m3u8", "mpegts"])
def test_only_known_and_enabled_streams_play(server: FlussonicStandIn, path: str) -> None:
    server.streams["ch00002"]["disabled"] = True

    answers = [call(f"{server.url}/{name}/{path}")[0] for name in ("ch00001", "ch00002", "unknown")]

    assert answers == [200, 404, 404]


def test_a_storage_tells_its_depth(server: FlussonicStandIn) -> None:
    assert call(f"{server.url}{V3}/dvrs/week")[1]["expiration"] == 7 * 86_400
    assert call(f"{server.url}{V3}/dvrs/none")[0] == 404


def test_liveness_tells_the_version(server: FlussonicStandIn) -> None:
    assert call(f"{server.url}{V3}/monitoring/liveness")[1]["server_version"] == "26.02"


def test_a_stream_is_created_changed_and_deleted(server: FlussonicStandIn) -> None:
    url = f"{server.url}{V3}/streams/new%2Fone"

    assert call(url, method="PUT", body={"inputs": [{"url": "https://tv.example/a.m3u8"}], "title": "A"})[0] == 200
    assert call(url, method="PUT", body={"title": "B"})[1]["inputs"] == [{"url": "https://tv.example/a.m3u8"}]
    assert server.streams["new/one"]["title"] == "B"
    assert call(url, method="DELETE") == (204, "")
    assert call(url, method="DELETE")[0] == 404


@pytest.mark.parametrize("inputs", [[{"url": "nonsense"}], [{"url": "https://with space"}], ["x"], [{}], "udp://x"])
def test_a_bad_input_is_refused(server: FlussonicStandIn, inputs: object) -> None:
    answer = call(f"{server.url}{V3}/streams/new", method="PUT", body={"inputs": inputs})

    assert answer == (400, {"error": "bad_url"})


def test_sessions_are_listed_reauthorised_and_closed(server: FlussonicStandIn) -> None:
    server.sessions = {"s1": {"name": "ch00001", "user_id": "7"}, "s2": {"name": "ch00001", "user_id": "8"}}
    url = f"{server.url}{V3}/sessions"

    assert [session["id"] for session in call(f"{url}?user_id=7")[1]["sessions"]] == ["s1"]
    assert call(f"{url}/reauth?name=ch00001", method="POST") == (200, {"estimated_count": 2})
    assert call(f"{url}/s1", method="DELETE") == (204, "")
    assert list(server.sessions) == ["s2"]


LOGIN = base64.b64encode(b"admin:pass").decode()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": f"Basic {LOGIN}"}, 200),
        ({"Authorization": f"Bearer {LOGIN}"}, 200),
        ({"Authorization": "Bearer named"}, 200),
        ({"Authorization": "Bearer other"}, 403),
        ({"Authorization": "Basic bm8="}, 403),
    ],
)
def test_the_api_asks_for_credentials(headers: dict[str, str], status: int) -> None:
    with FlussonicStandIn(login="admin:pass", tokens=["named"]) as server:
        assert call(f"{server.url}{V3}/streams", **headers)[0] == status


def test_errors_come_in_two_dialects(server: FlussonicStandIn) -> None:
    assert call(f"{server.url}{V3}/streams/x")[1] == {"error": "not_found"}

    server.faults.dialect = "errors"

    error = {"code": "stream_not_found", "status": "404", "title": "Stream not found"}
    assert call(f"{server.url}{V3}/streams/x")[1] == {"errors": [error]}


LISTS = {
    "v3": f"{V3}/streams",
    "central": "/central/api/v3/streams",
    "api_v3": "/api/v3/streams",
    "streams": "/streams",
    "media": "/flussonic/api/media",
    "flussonic_streams": "/flussonic/api/streams",
}


@pytest.mark.parametrize("api", sorted(APIS))
def test_only_the_chosen_apis_exist(api: str) -> None:
    with FlussonicStandIn(apis={api}) as server:
        assert {name for name, path in LISTS.items() if call(server.url + path)[0] == 200} == {api}


def test_older_lists_have_shapes_of_their_own() -> None:
    with FlussonicStandIn(many_streams(2), apis=APIS) as server:
        first = call(server.url + LISTS["media"])[1][0]
        assert (first["entry"], first["value"]["name"], first["value"]["options"]["dvr"]["dvr_limit"]) == (
            "stream",
            "ch00001",
            7 * 86_400,
        )
        assert call(server.url + LISTS["flussonic_streams"])[1]["streams"][1]["title"] == "Channel 2"
        assert [stream["name"] for stream in call(server.url + LISTS["streams"])[1]] == ["ch00001", "ch00002"]
