"""Whatever is asked, the API answers in its envelope, with a code and no HTML."""

from typing import Any

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.db import DataError
from django.test import Client
from pytest_django import Settings

from channels.models import Group
from channels.tests.factories import make_group
from playlist_project.api.envelope import MAX_BODY_BYTES
from playlist_project.tests.api_client import ApiClient, by_session, by_token, data_of, error_of, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> ApiClient:
    return by_token(make_staff(is_superuser=True))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nothing",
        b"null",
        b"[]",
        b'"name"',
        b"5",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": "\xff\xfe"}',
        '{"name": "Новости"}'.encode("utf-16"),
        '{"name": "Новости"}'.encode("cp1251"),
        b"[" * 100_000,
        b'{"name": ' + b"9" * 5000 + b"}",
        b'{"name": 1e999}',
        b'{"name": "a\\u0000b"}',
        b'{"name": "\\ud800"}',
        b'{"name": {"$gt": ""}}',
        b'{"name": "' + b"x" * MAX_BODY_BYTES + b'"}',
    ],
    ids=lambda body: repr(body[:24]),
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_body_that_cannot_be_used_is_invalid(client: ApiClient, method: str, body: bytes) -> None:
    path = "groups" if method == "POST" else f"groups/{make_group().pk}"
    if method == "PATCH" and body == b"":
        pytest.skip("to change nothing is allowed")

    assert error_of(client.call(method, path, body), 422)["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize(
    "body",
    [b" ", b"{", b'{"name": NaN}', b'{"colour": -Infinity}', b'{"name": "\xff"}', b"[" * 100_000],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_json_is_refused_as_a_whole(client: ApiClient, body: bytes) -> None:
    error = error_of(client.call("POST", "groups", body), 422)

    assert error == {"code": "VALIDATION_ERROR", "message": "The body is not JSON in UTF-8."}


def test_a_body_that_is_too_long_is_refused_as_a_whole(client: ApiClient) -> None:
    error = error_of(client.call("POST", "groups", {"name": "x" * MAX_BODY_BYTES}), 422)

    assert error == {"code": "VALIDATION_ERROR", "message": "The body is longer than 5 MB."}


def test_a_body_that_is_long_enough_is_read(client: ApiClient) -> None:
    error = error_of(client.call("POST", "groups", {"name": "x" * (MAX_BODY_BYTES - 100)}), 422)

    assert list(error["fields"]) == ["name"]


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/html", "nonsense"],
)
@pytest.mark.parametrize("by", [by_session, by_token])
def test_a_body_of_another_kind_is_not_supported(by: Any, content_type: str) -> None:
    client = by(make_staff(is_superuser=True))
    token = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else ""

    response = client.generic(
        "POST", "/api/v1/groups", b'{"name": "News"}', content_type, headers={"X-CSRFToken": token}
    )

    assert error_of(response, 415)["code"] == "UNSUPPORTED_MEDIA_TYPE"


@pytest.mark.parametrize("charset", ["utf-8", "latin-1", "utf-16", "rot13", "nonsense"])
def test_json_is_utf_8_whatever_it_is_called(client: ApiClient, charset: str) -> None:
    response = client.generic(
        "POST", "/api/v1/groups", '{"name": "Новости"}'.encode(), f"application/json; charset={charset}"
    )

    assert data_of(response, 201)["name"] == "Новости"


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v2/groups",
        "/api/v1/groups/",
        "/api/v1/groups/abc",
        "/api/v1/groups/-1",
        "/api/v1/groups/1/",
        "/api/v1/groups.json",
        "/api/v1/groups/1.json",
        "/api/v1/auth",
        "/api/v1/auth/login/",
        "/api/v1/channels-sync/",
        "/api/v1/schema/",
        "/api/v1/%00",
        "/api/v1/groups/99999999999999999999999999999",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("debug", [True, False])
def test_what_is_no_address_is_not_found(
    client: ApiClient, settings: Settings, path: str, method: str, debug: bool
) -> None:
    settings.DEBUG = debug
    response = client.generic(method, path, b"{}", "application/json")
    if path.endswith("9999") and method == "POST":
        assert error_of(response, 405)
        return

    assert error_of(response, 404)["code"] == "NOT_FOUND"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get"])
def test_a_wrong_method_is_not_allowed(client: ApiClient, method: str) -> None:
    response = client.generic(method, "/api/v1/groups", b"", "application/json")
    if method == "get":  # Django's own views take it for GET
        data_of(response)
        return

    assert error_of(response, 405)["code"] == "METHOD_NOT_ALLOWED"
    assert response.headers["Allow"] == "GET, HEAD, POST"


def test_a_wrong_method_is_not_allowed_for_anybody() -> None:
    for method in ("GET", "TRACE", "OPTIONS", "DELETE"):
        assert error_of(ApiClient().call(method, "auth/login"), 405)["code"] == "METHOD_NOT_ALLOWED"
        assert error_of(ApiClient().call(method, "groups/reorder"), 405)["code"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml", "nonsense", "*/*;q=0", "application/json; indent=x"]
)
def test_the_answer_is_json_whatever_is_accepted(client: ApiClient, accept: str) -> None:
    data_of(client.call("GET", "groups", Accept=accept))
    assert error_of(client.call("GET", "groups/1", Accept=accept), 404)["code"] == "NOT_FOUND"


def test_a_fault_of_ours_is_a_server_error_that_tells_nothing(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise DataError("the password is secret")

    monkeypatch.setattr(Group, "delete", fail)

    error = error_of(client.call("DELETE", f"groups/{make_group().pk}"), 500)

    assert error == {"code": "SERVER_ERROR", "message": "Something went wrong here. It has been logged."}


def test_a_fault_outside_of_any_view_is_in_the_envelope_too(monkeypatch: pytest.MonkeyPatch) -> None:
    client = by_session(make_staff())

    def fail(self: SessionBase, name: str) -> None:
        raise DataError

    monkeypatch.setattr(SessionBase, "__getitem__", fail)

    assert error_of(client.call("GET", "auth/me"), 500)["code"] == "SERVER_ERROR"


def test_a_host_that_is_not_ours_is_refused_in_the_envelope(client: ApiClient) -> None:
    assert error_of(client.call("GET", "groups", Host="evil.example.com"), 422)["code"] == "VALIDATION_ERROR"


def test_pages_for_people_stay_pages_for_people() -> None:
    response = Client().get("/nowhere")

    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")


def test_the_answer_holds_letters_and_not_their_numbers(client: ApiClient) -> None:
    make_group(name="Новости")

    assert "Новости" in client.call("GET", "groups").content.decode()


def test_dates_are_in_utc(client: ApiClient, settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Moscow"
    make_group()

    assert data_of(client.call("GET", "groups"))["items"][0]["created_at"].endswith("Z")
