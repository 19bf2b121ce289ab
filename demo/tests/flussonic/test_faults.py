"""What goes wrong on purpose, and what only the stand-in has."""

import gzip
import json
import subprocess
import sys
import urllib.error
import urllib.request
from http.client import IncompleteRead

import pytest

from demo.catalogue import GROUPS, demo_streams
from demo.flussonic import FlussonicStandIn
from demo.tests.flussonic.calls import V3, all_names, call, listed


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
