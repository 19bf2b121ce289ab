"""A list is read to its end, page after page, or not at all."""

import time
from typing import Any

import pytest
import responses
from pytest_django.fixtures import Settings

from demo.catalogue import many_streams
from demo.flussonic import FlussonicStandIn
from demo.flussonic_pages import SECRET
from integrations.flussonic.client import FlussonicClient
from integrations.flussonic.listing import SELECT
from integrations.http import RemoteGarbage, RemoteNotFound, RemoteUnavailable
from integrations.tests.flussonic.listing import answer, read, serve


def test_all_pages_are_read_in_order_of_name(server: FlussonicStandIn) -> None:
    serve(server, *reversed(many_streams(1200)))

    assert [stream.name for stream in read()] == [f"ch{number:05}" for number in range(1, 1201)]
    assert len(server.requests) == 3


def test_every_page_is_asked_for_with_the_same_selection_order_and_limit(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(1200))
    read()

    assert {(r.query["select"], r.query["sort"], r.query["limit"]) for r in server.requests} == {
        (SELECT, "name", "500")
    }


@pytest.mark.parametrize("faulty", [False, True], ids=["long select", "short select"])
def test_full_objects_with_their_secrets_are_never_asked_for(server: FlussonicStandIn, faulty: bool) -> None:
    serve(server, *many_streams(2))
    server.faults.fail_on_select = faulty

    assert SECRET not in repr(read())
    assert all(request.query.get("select") for request in server.requests)


def test_a_cursor_is_opaque_and_sent_back_url_encoded(mocked: responses.RequestsMock) -> None:
    answer(mocked, {"streams": [{"name": "a"}], "next": "x+y/z==&limit=1"})
    answer(mocked, {"streams": [{"name": "b"}]})
    read()

    assert str(mocked.calls[1].request.url).endswith("&limit=500&cursor=x%2By%2Fz%3D%3D%26limit%3D1")


def test_a_missing_second_page_fails_the_whole_run(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(1200))
    server.faults.drop_page = 2

    with pytest.raises(RemoteUnavailable, match="answered 500"):
        read()


def test_a_page_that_is_not_found_later_on_does_not_lead_to_another_list(mocked: responses.RequestsMock) -> None:
    answer(mocked, {"streams": [{"name": "news"}], "next": "more"})
    mocked.get("http://flussonic.example/streamer/api/v3/streams", status=404)

    with pytest.raises(RemoteNotFound, match="answered 404"):
        read()


def test_a_repeated_cursor_is_noticed(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(1200))
    server.faults.repeat_cursor = True

    with pytest.raises(RemoteGarbage, match="in a circle: after 1000 streams the same cursor came again"):
        read()
    assert len(server.requests) == 2


@pytest.mark.parametrize("second", [[], [{"name": "news"}]], ids=["empty", "known names only"])
def test_a_page_without_progress_is_noticed(mocked: responses.RequestsMock, second: list[Any]) -> None:
    answer(mocked, {"streams": [{"name": "news"}], "next": "a"})
    answer(mocked, {"streams": second, "next": "b"})

    with pytest.raises(RemoteGarbage, match="a page held nothing new"):
        read()


def test_a_page_of_transient_streams_is_progress(mocked: responses.RequestsMock) -> None:
    answer(mocked, {"streams": [{"name": "copy", "named_by": "remote"}], "next": "a"})
    answer(mocked, {"streams": [{"name": "news"}], "next": None})

    assert [stream.name for stream in read()] == ["news"]


def test_a_name_on_two_pages_is_kept_once(mocked: responses.RequestsMock) -> None:
    answer(mocked, {"streams": [{"name": "a"}, {"name": "b", "title": "First"}], "next": "2"})
    answer(mocked, {"streams": [{"name": "b", "title": "Second"}, {"name": "c"}]})

    assert [(stream.name, stream.title) for stream in read()] == [("a", "a"), ("b", "First"), ("c", "c")]


def test_a_connection_cut_in_the_middle_of_a_page_fails_the_run(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(700))
    server.faults.cut_on_page = 2

    with pytest.raises(RemoteUnavailable, match="cut the connection"):
        read()


def test_an_empty_list_is_an_answer(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(3))
    server.faults.empty = True

    assert read() == []


def test_half_a_list_that_looks_complete_is_an_answer(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(1200))
    server.faults.half = True

    assert len(read()) == 600


def test_progress_tells_how_many_of_how_many(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(1200))
    seen: list[tuple[int, int | None]] = []

    with FlussonicClient.from_settings() as client:
        client.streams(lambda entries, estimated: seen.append((entries, estimated)))
    assert seen == [(500, 1200), (1000, 1200), (1200, 1200)]


@pytest.mark.parametrize(
    "body",
    [{"error": "x"}, {"streams": None}, {"streams": {"a": {}}}, 7, "streams", None, {"streams": [], "next": 5},
     {"streams": [], "next": "\ud800"}],
    ids=["no streams", "null", "object", "number", "text", "nothing", "cursor is a number", "cursor is not UTF-8"],
)  # fmt: skip
def test_a_page_of_another_shape_is_garbage(mocked: responses.RequestsMock, body: Any) -> None:
    answer(mocked, body)

    with pytest.raises(RemoteGarbage, match="answered with a page with"):
        read()


def test_compressed_pages_are_read(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(700))
    server.faults.gzip = True

    assert len(read()) == 700
    assert "gzip" in server.requests[0].headers["Accept-Encoding"]


def test_the_total_deadline_counts_over_all_pages(server: FlussonicStandIn, settings: Settings) -> None:
    serve(server, *many_streams(5000))
    settings.FLUSSONIC_DEADLINE, server.faults.delay = 0.5, 0.2
    started = time.monotonic()

    with pytest.raises(RemoteUnavailable, match="time"):
        read()
    assert time.monotonic() - started < 2


def test_the_size_cap_counts_over_all_pages(server: FlussonicStandIn, settings: Settings) -> None:
    serve(server, *[{"name": f"{number:04}", "title": "x" * 1200} for number in range(1000)])
    settings.FLUSSONIC_MAX_MEGABYTES = 1

    with pytest.raises(RemoteGarbage, match="more than the size allowed"):
        read()
    assert len(server.requests) == 2
