"""What the tests of the Flussonic client may rely on."""

import base64
import gzip
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import IncompleteRead
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from demo.catalogue import GROUPS, demo_streams, many_streams
from demo.flussonic import APIS, FlussonicStandIn
from demo.flussonic_pages import SECRET

V3 = "/streamer/api/v3"


@pytest.fixture
def server() -> Iterator[FlussonicStandIn]:
    with FlussonicStandIn(many_streams(250)) as standin:
        yield standin


def call(url: str, *, method: str = "GET", body: object = None, **headers: str) -> tuple[int, Any]:
    """Return status and body: parsed if it is JSON, text otherwise."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            status, raw = response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            status, raw = error.code, error.read()
    try:
        return status, json.loads(raw)
    except ValueError:
        return status, raw.decode(errors="replace")


def listed(server: FlussonicStandIn, **query: str | int) -> tuple[int, Any]:
    return call(f"{server.url}{V3}/streams?{urlencode(query)}")


def all_names(server: FlussonicStandIn, **query: str | int) -> list[str]:
    names: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        _, page = listed(server, **query, **cursor)
        names += [stream["name"] for stream in page["streams"]]
        if not page.get("next"):
            return names
        cursor = {"cursor": page["next"]}


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
        assert call(f"{server.url}/{quote(name)}/video.m3u8?token=t")[1].endswith("segment.ts?token=t\n")


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


def test_fail_next_fails_that_often(server: FlussonicStandIn) -> None:
    server.faults.fail_next, server.faults.fail_status = 2, 502

    assert [listed(server)[0] for _ in range(3)] == [502, 502, 200]


def test_errors_can_be_html(server: FlussonicStandIn) -> None:
    server.faults.html_error = True

    assert call(f"{server.url}{V3}/streams/x")[1].startswith("<html>")


@pytest.mark.parametrize(
    ("select", "status"),
    [
        ("name,title,dvr,disabled,named_by,static,position,stats", 200),
        (",".join(f"field{n}" for n in range(13)), 500),
        ("name,comment", 500),
        ("name,stats.dvr_info.depth", 500),
    ],
)
def test_long_selections_can_be_refused(server: FlussonicStandIn, select: str, status: int) -> None:
    server.faults.fail_on_select = True

    assert listed(server, select=select)[0] == status


def test_a_cursor_can_repeat(server: FlussonicStandIn) -> None:
    server.faults.repeat_cursor = True
    cursor = listed(server)[1]["next"]

    assert [listed(server, cursor=cursor)[1]["next"] for _ in range(2)] == [cursor, cursor]


def test_a_page_can_fail_for_ever(server: FlussonicStandIn) -> None:
    server.faults.drop_page = 2
    cursor = listed(server)[1]["next"]

    assert [listed(server, cursor=cursor) for _ in range(2)] == [(500, "")] * 2


def test_a_page_can_be_cut(server: FlussonicStandIn) -> None:
    server.faults.cut_on_page = 1

    with pytest.raises(IncompleteRead):
        listed(server)


@pytest.mark.parametrize(("fault", "count"), [("empty", 0), ("half", 125)])
def test_an_incomplete_list_looks_complete(server: FlussonicStandIn, fault: str, count: int) -> None:
    setattr(server.faults, fault, True)

    assert len(all_names(server)) == count


@pytest.mark.parametrize("compressed", [False, True])
def test_a_huge_body_does_not_end(server: FlussonicStandIn, compressed: bool) -> None:
    server.faults.huge, server.faults.gzip = True, compressed
    request = urllib.request.Request(f"{server.url}{V3}/streams", headers={"Accept-Encoding": "gzip"})

    with urllib.request.urlopen(request, timeout=5) as response:
        assert len(response.read(1_000_000)) == 1_000_000


def test_answers_are_compressed_only_for_clients_that_accept_it(server: FlussonicStandIn) -> None:
    server.faults.gzip = True
    request = urllib.request.Request(f"{server.url}{V3}/streams", headers={"Accept-Encoding": "gzip"})

    with urllib.request.urlopen(request, timeout=5) as response:
        assert len(json.loads(gzip.decompress(response.read()))["streams"]) == 100
    assert len(listed(server)[1]["streams"]) == 100


def test_calls_are_refused_on_request(server: FlussonicStandIn) -> None:
    with server.refuse(), pytest.raises(urllib.error.URLError, match="refused"):
        listed(server)

    assert listed(server)[0] == 200


def test_requests_are_recorded_as_they_came(server: FlussonicStandIn) -> None:
    call(f"{server.url}{V3}/streams/a%2Fb?select=name", Authorization="Bearer x")

    recorded = server.requests[-1]
    assert (recorded.method, recorded.path, recorded.query) == ("GET", f"{V3}/streams/a%2Fb", {"select": "name"})
    assert recorded.headers["AUTHORIZATION"] == "Bearer x"


def test_every_stream_of_the_demo_is_in_one_group() -> None:
    grouped = [name for _, names in GROUPS for name in names]
    catalogued = [stream["name"] for stream in demo_streams() if stream["named_by"] == "config"]

    assert grouped == catalogued
    assert len(set(grouped)) == len(grouped)


def test_a_process_can_be_controlled_and_ends_well_on_sigterm() -> None:
    command = [sys.executable, "-m", "demo.flussonic", "--port", "0", "--login", "a:b", "--catalogue", "demo"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("listening on ").strip()

        assert call(f"{url}/_standin/streams", method="POST", body=[{"name": "a"}])[1]["streams"] == 1
        call(f"{url}/_standin/streams", method="PATCH", body=[{"name": "a", "title": "A"}, {"name": "b"}])
        assert call(f"{url}/_standin/state")[1]["streams"] == 2
        assert call(f"{url}/_standin/faults", method="POST", body={"fail_next": 1})[1]["fail_next"] == 1
        assert call(f"{url}/_standin/faults", method="POST", body={"nonsense": 1})[0] == 400
        assert [call(f"{url}{V3}/streams")[0] for _ in range(2)] == [503, 401]

        process.terminate()
        assert process.wait(5) == 0
