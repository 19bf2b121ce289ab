"""No secret reaches a log, whichever way it comes, and every line is JSON."""

import json
import logging
import logging.config
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client
from django.urls import path
from gunicorn.http.errors import InvalidHeader, InvalidRequestLine  # type: ignore[import-untyped]

from playlist_project.logs import logging_config, mask_secrets

SECRET = "s3cr3t-QeHUZDtsuc56bX69kLWk9Q"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    """Return what production would have logged so far, parsed, at every level; no line may hold the secret."""
    logging.config.dictConfig(logging_config(level="DEBUG", form="json", echo_sql=False, token_key="key"))
    written = StringIO()
    (console,) = logging.getLogger().handlers
    assert isinstance(console, logging.StreamHandler)
    console.setStream(written)

    def read() -> list[dict[str, Any]]:
        assert SECRET not in written.getvalue()
        assert capsys.readouterr().err == ""  # past our handler, without its mask
        return [json.loads(line) for line in written.getvalue().splitlines()]

    yield read
    logging.config.dictConfig(settings.LOGGING)


def answer(request: HttpRequest, **parts: str) -> HttpResponse:
    return HttpResponse("#EXTM3U\n")


def stream(request: HttpRequest, **parts: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter(["#EXTM3U\n"]))


def break_off(request: HttpRequest, **parts: str) -> StreamingHttpResponse:
    def body() -> Iterator[str]:
        yield "#EXTM3U\n"
        raise ValueError(f"cannot read http://stream.example.com/news/video.m3u8?token={SECRET}")

    return StreamingHttpResponse(body())


def fail(request: HttpRequest, **parts: str) -> HttpResponse:
    raise ValueError(f"no answer from http://admin:{SECRET}@flussonic.example.com/live/anna/{SECRET}/1.ts")


def miss(request: HttpRequest, **parts: str) -> HttpResponse:
    raise Http404(f"no subscriber has the token {request.path}")


urlpatterns = [
    path("playlist/<str:token>.m3u8", answer),
    path("stream/<str:token>", stream),
    path("broken/<str:token>", break_off),
    path("live/<str:username>/<str:password>/<str:name>", fail),
    path("<str:username>/<str:password>/<int:channel>", fail),
    path("missing/<str:token>", miss),
]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("address", "route", "code"),
    [
        pytest.param(f"/playlist/{SECRET}.m3u8", "playlist/<str:token>.m3u8", 200, id="token in the path"),
        pytest.param(f"/stream/x?token={SECRET}&password={SECRET}", "stream/<str:token>", 200, id="query"),
        pytest.param(f"/live/anna/{SECRET}/1.ts", "live/<str:username>/<str:password>/<str:name>", 500, id="error"),
        pytest.param(f"/anna/{SECRET}/7", "<str:username>/<str:password>/<int:channel>", 500, id="error, short path"),
        pytest.param(f"/missing/{SECRET}", "missing/<str:token>", 404, id="refused by the view"),
        pytest.param(f"/nowhere/{SECRET}/1.ts", "(no route)", 404, id="unknown address"),
    ],
)
def test_a_request_is_logged_by_its_route(lines: Lines, address: str, route: str, code: int) -> None:
    Client(raise_request_exception=False).get(address, headers={"authorization": f"Bearer {SECRET}"})

    said = [line for line in lines() if line["event"] in ("request_finished", "request_failed")]
    assert [(line["request"], line["code"]) for line in said] == [(f"GET {route}", code)]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("address", [f"/playlist/{SECRET}.m3u8", f"/stream/{SECRET}"], ids=["plain", "streamed"])
def test_a_request_is_one_line_at_info(lines: Lines, client: Client, address: str) -> None:
    b"".join(client.get(address))

    assert [line["event"] for line in lines() if line["level"] != "debug"] == ["request_finished"]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("address", "level"),
    [("/playlist/abc.m3u8", "info"), ("/missing/abc", "info"), ("/nowhere", "info"), ("/live/anna/pw/1.ts", "error")],
    ids=["answered", "refused", "unknown", "failed"],
)
def test_only_failures_of_ours_stand_out_in_the_logs(lines: Lines, address: str, level: str) -> None:
    Client(raise_request_exception=False).get(address)

    (said,) = [line for line in lines() if line["event"] in ("request_finished", "request_failed")]
    assert said["level"] == level


@pytest.mark.urls(__name__)
def test_a_stream_that_breaks_off_is_logged_with_its_traceback(lines: Lines, client: Client) -> None:
    with pytest.raises(ValueError, match="cannot read"):
        b"".join(client.get(f"/broken/{SECRET}"))

    failed = next(line for line in lines() if line["event"] == "streaming_failed")
    assert "cannot read http://stream.example.com/news/video.m3u8?token=***" in failed["exception"]


@pytest.mark.urls(__name__)
def test_a_request_for_another_host_is_logged_without_its_address(lines: Lines, client: Client) -> None:
    client.get(f"/anna/{SECRET}/7?password={SECRET}", headers={"host": "elsewhere.example.com"})

    assert "Invalid HTTP_HOST header" in str(lines())


@pytest.mark.urls(__name__)
def test_a_request_without_a_csrf_token_is_logged_without_its_address(lines: Lines) -> None:
    Client(enforce_csrf_checks=True).post(f"/live/anna/{SECRET}/1.ts")

    assert "CSRF cookie not set" in str(lines())


@pytest.mark.parametrize(
    ("message", "arguments", "left"),
    [
        (
            "Error handling request %s %s",
            ("GET", f"/anna/{SECRET}/7"),
            "Error handling request",
        ),
        (
            f"Invalid request from ip=::1: {InvalidRequestLine(f'GET /anna/{SECRET}/7 HTTP')}",
            (),
            "Invalid request from ip=::1: Invalid HTTP request line",
        ),
        (
            f"Invalid request from ip=192.0.2.1: {InvalidHeader(f'X: {SECRET}')}",
            (),
            "Invalid request from ip=192.0.2.1: Invalid HTTP Header",
        ),
    ],
    ids=["unserved", "unreadable", "bad header"],
)
def test_gunicorns_errors_leave_the_address_out(
    lines: Lines, message: str, arguments: tuple[str, ...], left: str
) -> None:
    logging.getLogger("gunicorn.error").warning(message, *arguments)

    assert [line["event"] for line in lines()] == [left]


def test_an_event_is_masked_in_its_depth_and_by_its_names(lines: Lines) -> None:
    sent = {"X-API-Key": SECRET, "tags": [f"Bearer: token={SECRET}"], "attempt": 2}
    structlog.get_logger("any").info("sent", token=SECRET, headers=sent, error=ValueError(f"?token={SECRET}"))

    assert lines()[0]["headers"] == {"X-API-Key": "***", "tags": ["Bearer: token=***"], "attempt": 2}


def test_a_broken_constraint_names_no_token(lines: Lines) -> None:
    try:
        raise IntegrityError(f"duplicate key\nDETAIL:  Key (token)=({SECRET}) already exists.")
    except IntegrityError:
        logging.getLogger("any").exception("not saved")

    assert "DETAIL:  Key (token)=(***) already exists." in lines()[0]["exception"]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("GET /playlist/abc.m3u8 HTTP/1.1", "GET /playlist/*** HTTP/1.1"),
        ("'/epg/abc.xml.gz'", "'/epg/***'"),
        ("'/epg/anna/abc/gz'", "'/epg/***/gz'"),
        ("/live/anna/pw/1.ts", "/live/***/***/1.ts"),
        ("/timeshift/anna/pw/60/2026-01-01:10-00/1.ts", "/timeshift/***/***/60/2026-01-01:10-00/1.ts"),
        ("/get.php?username=anna&password=pw&type=m3u", "/get.php?username=***&password=***&type=m3u"),
        ("http://h/news/video.m3u8?token=abc&utc=5", "http://h/news/video.m3u8?token=***&utc=5"),
        ("postgres://anna:p@ss@db:5432/name", "postgres://***@db:5432/name"),
        ("Authorization: Bearer abc def", "Authorization: ***"),
        ("{'Authorization': 'Basic YTpi', 'Accept': '*/*'}", "{'Authorization': ***, 'Accept': '*/*'}"),
        ('{"token": "abc", "user_id": "A-1"}', '{"token": ***, "user_id": "A-1"}'),
        (r'"{\"password\": \"abc\", \"n\": 1}"', r'"{\"password\": ***, \"n\": 1}"'),
        ("X-API-Key=abc", "X-API-Key=***"),
        ("Cookie: session_id=abc; csrftoken=def", "Cookie: ***"),
        ("DETAIL: Failing row contains (1, Anna, abc).", "DETAIL: Failing row contains (***)"),
        ('CONTEXT: COPY incoming, line 7: "1\thttp://h/u/abc/1.ts"', "CONTEXT: COPY incoming, line 7: ***"),
        ('CONTEXT: COPY incoming, line 7, column name: "abc"', "CONTEXT: COPY incoming, line 7, column name: ***"),
        ("auth_token_id=5 of https://example.com/a?page=2", "auth_token_id=5 of https://example.com/a?page=2"),
    ],
)
def test_texts_are_masked_where_secrets_stand(text: str, masked: str) -> None:
    assert mask_secrets(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("http://h/news/video.m3u8?s.t=abc", "http://h/news/video.m3u8?s.t=***"),
        ("http://h/news/video.m3u8?utc=5&s.t=abc&lutc=6", "http://h/news/video.m3u8?utc=5&s.t=***&lutc=6"),
        (
            "<a href='http://h/news/video.m3u8?utc=5&amp;s.t=abc'>",
            "<a href='http://h/news/video.m3u8?utc=5&amp;s.t=***'>",
        ),
        ("http://h/news/video.m3u8?token=abc", "http://h/news/video.m3u8?token=***"),
        ("http://h/news/video.m3u8?sat=5&starts.t=6", "http://h/news/video.m3u8?sat=5&starts.t=6"),
        ("s.t=5", "s.t=5"),
    ],
    ids=["first", "among others", "in HTML", "the usual name", "other names", "not in a query"],
)
def test_a_token_is_masked_under_the_name_that_the_server_gives_it(text: str, masked: str) -> None:
    assert mask_secrets(text, token_key="s.t") == masked


def test_an_event_is_masked_under_the_name_that_the_settings_give_the_token(lines: Lines) -> None:
    address = f"http://stream.example.com/news/video.m3u8?key={SECRET}"
    structlog.get_logger("any").info("sent", address=address, tried=[address], answer={"location": address})

    masked = "http://stream.example.com/news/video.m3u8?key=***"
    line = lines()[0]
    assert (line["address"], line["tried"], line["answer"]) == (masked, [masked], {"location": masked})
