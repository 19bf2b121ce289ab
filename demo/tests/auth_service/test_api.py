"""What the tests of deliveries may rely on: the Auth Service's contract, and its traps."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from demo.auth_service import AuthServiceStandIn, utc_clock
from demo.tests.auth_service.calls import TOKEN, allowed, call, change, create


def test_a_token_is_created_with_an_integer_id(server: AuthServiceStandIn) -> None:
    status, token = create(server, allowed_streams=["news"], meta={"first_name": "Анна"})

    assert status == 201
    assert server.tokens[token["id"]] == token
    assert call(server, "GET", f"/api/tokens/{token['id']}") == (200, token)


def test_a_token_string_cannot_exist_twice(server: AuthServiceStandIn) -> None:
    create(server)

    assert create(server) == (400, {"detail": "Token already exists"})


def test_a_deleted_token_can_be_created_again(server: AuthServiceStandIn) -> None:
    first = create(server)[1]["id"]

    assert call(server, "DELETE", f"/api/tokens/{first}") == (204, "")
    assert create(server)[0] == 201


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "wrong"}])
def test_the_key_is_asked_for(server: AuthServiceStandIn, headers: dict[str, str]) -> None:
    refused = (401, {"detail": "Invalid or missing API key"})

    assert call(server, "GET", "/api/tokens", headers=headers) == refused
    assert call(server, "GET", "/health", headers=headers) == (200, {"status": "healthy"})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("token", "1234567"),
        ("token", "x" * 256),
        ("user_id", ""),
        ("user_id", "x" * 101),
        ("user_id", None),
        ("status", "enabled"),
        ("max_sessions", 0),
        ("max_sessions", 101),
        ("max_sessions", "2"),
        ("valid_from", "yesterday"),
        ("valid_until", "2024-01-01T00:00:00Z"),
        ("allowed_streams", "news"),
        ("meta", []),
    ],
)
def test_limits_are_checked(server: AuthServiceStandIn, field: str, value: object) -> None:
    status, answer = create(server, **{"valid_from": "2025-01-01T00:00:00Z", field: value})

    assert status == 422
    assert answer["detail"][0]["loc"] == ["body", field]
    assert not server.tokens


def test_dates_of_different_form_end_in_a_500(server: AuthServiceStandIn) -> None:
    assert create(server, valid_from="2025-01-01T00:00:00", valid_until="2026-01-01T00:00:00Z")[0] == 500


def test_offsets_are_dropped_and_not_converted(server: AuthServiceStandIn) -> None:
    assert create(server, valid_until="2099-01-01T10:00:00+03:00")[1]["valid_until"] == "2099-01-01T10:00:00"


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "skip=-1", "status=enabled", "limit=x"])
def test_bad_paging_is_refused(server: AuthServiceStandIn, query: str) -> None:
    assert call(server, "GET", f"/api/tokens?{query}")[0] == 422


def test_pages_hold_every_token_once_in_an_order_that_differs_each_time(server: AuthServiceStandIn) -> None:
    for number in range(250):
        server.add(f"token-{number:04}")

    def run() -> list[int]:
        pages = [call(server, "GET", f"/api/tokens?skip={skip}&limit=100")[1] for skip in (0, 100, 200, 300)]
        assert [len(page) for page in pages] == [100, 100, 50, 0]
        return [token["id"] for page in pages for token in page]

    first, second = run(), run()
    assert sorted(first) == sorted(second) == sorted(server.tokens)
    assert first != second


def test_the_list_holds_100_tokens_by_default_and_can_be_filtered(server: AuthServiceStandIn) -> None:
    for number in range(120):
        server.add(f"token-{number:04}", status="active" if number else "suspended")

    assert len(call(server, "GET", "/api/tokens")[1]) == 100
    assert [token["id"] for token in call(server, "GET", "/api/tokens?status=suspended")[1]] == [1]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_unknown_id_is_not_found(server: AuthServiceStandIn, method: str) -> None:
    assert call(server, method, "/api/tokens/9", {}) == (404, {"detail": "Token not found"})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("valid_until", None),
        ("allowed_ips", None),
        ("meta", None),
        ("token", "token-0002"),
        ("user_id", "8"),
        ("valid_from", "2026-01-01T00:00:00"),
    ],
)
def test_a_patch_ignores_nulls_and_fixed_fields(server: AuthServiceStandIn, field: str, value: object) -> None:
    fields = {"valid_from": "2025-01-01T00:00:00", "valid_until": "2099-01-01T00:00:00"}
    token = create(server, **fields, allowed_ips=["10.0.0.1"], meta={"a": 1})[1]

    status, changed = change(server, token["id"], **{field: value})

    assert (status, changed[field]) == (200, token[field])
    assert server.tokens[token["id"]][field] == token[field]


def test_a_patch_checks_limits(server: AuthServiceStandIn) -> None:
    assert change(server, create(server)[1]["id"], max_sessions=101)[0] == 422


def test_an_expired_token_stays_expired_until_its_status_is_sent(server: AuthServiceStandIn) -> None:
    number = create(server, valid_until="2030-01-01T00:00:00")[1]["id"]
    server.clock = lambda: datetime(2030, 1, 2)  # noqa: DTZ001, the service keeps naive time

    assert call(server, "GET", f"/api/tokens/{number}")[1]["status"] == "expired"
    assert change(server, number, valid_until="2031-01-01T00:00:00")[1]["status"] == "expired"
    assert not allowed(server)
    assert change(server, number, status="active")[1]["status"] == "active"
    assert allowed(server)


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"allowed_streams": ["news"]}, True),
        ({"allowed_streams": ["News"]}, False),
        ({"allowed_streams": []}, True),
        ({"allowed_streams": None}, True),
        ({"status": "suspended", "allowed_streams": ["news"]}, False),
        ({"valid_from": (utc_clock() + timedelta(days=1)).isoformat()}, False),
        ({"valid_until": (utc_clock() - timedelta(days=1)).isoformat()}, False),
    ],
)
def test_a_viewer_is_let_in_by_status_dates_and_streams(
    server: AuthServiceStandIn, fields: dict[str, Any], answer: bool
) -> None:
    server.add(TOKEN, **fields)

    assert allowed(server) is answer


def test_an_unknown_token_is_not_let_in(server: AuthServiceStandIn) -> None:
    assert not allowed(server)


def test_sessions_are_listed_by_user_and_closed(server: AuthServiceStandIn) -> None:
    server.sessions = {"s1": {"user_id": "7"}, "s2": {"user_id": "8"}}

    assert call(server, "GET", "/api/sessions?user_id=7") == (200, [{"id": "s1", "user_id": "7"}])
    assert call(server, "DELETE", "/api/sessions/s1") == (204, "")
    assert call(server, "DELETE", "/api/sessions/s1")[0] == 404
