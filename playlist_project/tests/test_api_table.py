"""Every endpoint x who calls x what becomes of it, driven by the table in ``api_table.py``."""

from typing import Any

import pytest
from drf_spectacular.generators import EndpointEnumerator

from playlist_project.tests.api_client import ApiClient, by_session, by_token, data_of, error_of, make_staff
from playlist_project.tests.api_table import Endpoint, endpoints

pytestmark = pytest.mark.django_db
TABLE = endpoints()
CLOSED = [endpoint for endpoint in TABLE if not endpoint.without_login]


def of(rows: list[Endpoint]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("endpoint", rows, ids=str)


def call(client: ApiClient, endpoint: Endpoint) -> Any:
    row = endpoint.row()
    return client.call(endpoint.method, endpoint.address(row), endpoint.body(row))


def assert_success(response: Any, endpoint: Endpoint) -> None:
    if endpoint.download:
        assert response.status_code == endpoint.status
    else:
        data_of(response, endpoint.status)


@pytest.fixture(autouse=True)
def what_it_needs(request: pytest.FixtureRequest) -> None:
    endpoint = getattr(request.node, "callspec", None) and request.node.callspec.params["endpoint"]
    if endpoint and endpoint.needs:
        request.getfixturevalue(endpoint.needs)


def test_every_endpoint_has_a_row_and_no_other() -> None:
    served = {
        f"{method} {path.removeprefix('/api/v1/').replace('{id}', '{pk}')}"
        for path, _, method, _ in EndpointEnumerator().get_api_endpoints()  # type: ignore[no-untyped-call]
    }

    assert sorted(map(str, TABLE)) == sorted(served - {"GET schema", "GET docs"})


@of(CLOSED)
def test_without_login_it_is_unauthorized(endpoint: Endpoint) -> None:
    assert error_of(call(ApiClient(), endpoint), 401)["code"] == "UNAUTHORIZED"


@of(CLOSED)
def test_an_account_that_is_not_of_staff_is_refused(endpoint: Endpoint) -> None:
    client = by_token(make_staff(*endpoint.permissions, is_staff=False))

    assert error_of(call(client, endpoint), 403)["code"] == "FORBIDDEN"


@of([endpoint for endpoint in TABLE if endpoint.permissions])
def test_staff_without_permission_are_refused(endpoint: Endpoint) -> None:
    error = error_of(call(by_session(make_staff()), endpoint), 403)

    assert error["code"] == "FORBIDDEN"
    assert endpoint.permissions[0] in error["message"]


@of(TABLE)
def test_staff_with_the_permission_succeed_by_session(endpoint: Endpoint) -> None:
    assert_success(call(by_session(make_staff(*endpoint.permissions)), endpoint), endpoint)


@of(TABLE)
def test_staff_with_the_permission_succeed_by_token(endpoint: Endpoint) -> None:
    assert_success(call(by_token(make_staff(*endpoint.permissions)), endpoint), endpoint)


@of(CLOSED)
def test_a_read_only_token_reads_and_no_more(endpoint: Endpoint) -> None:
    response = call(by_token(make_staff(*endpoint.permissions), read_only=True), endpoint)

    if endpoint.method == "GET":
        assert_success(response, endpoint)
    else:
        assert error_of(response, 403)["code"] == "FORBIDDEN"


@of([endpoint for endpoint in TABLE if endpoint.names_a_row])
def test_a_row_that_is_not_there_is_not_found(endpoint: Endpoint) -> None:
    client = by_token(make_staff(*endpoint.permissions))

    response = client.call(endpoint.method, endpoint.wrong_address(), endpoint.body(endpoint.row()))

    assert error_of(response, 404)["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("endpoint", "field"),
    [pytest.param(endpoint, field, id=f"{endpoint} {field}") for endpoint in TABLE for field in endpoint.invalid],
)
def test_what_is_invalid_is_named(endpoint: Endpoint, field: str) -> None:
    client = by_token(make_staff(*endpoint.permissions))

    error = error_of(client.call(endpoint.method, endpoint.address(endpoint.row()), endpoint.invalid[field]), 422)

    assert error["code"] == "VALIDATION_ERROR"
    assert list(error["fields"]) == [field]


@of([endpoint for endpoint in TABLE if endpoint.duplicate])
def test_what_is_taken_is_a_duplicate(endpoint: Endpoint) -> None:
    client = by_token(make_staff(*endpoint.permissions))
    row = endpoint.row()

    error = error_of(client.call(endpoint.method, endpoint.address(row), endpoint.duplicate(row)), 409)  # type: ignore[misc]  # chosen for having one

    assert error["code"] == "DUPLICATE_ENTRY"
    assert error["fields"]


@of(CLOSED)
def test_unknown_query_parameters_are_named(endpoint: Endpoint) -> None:
    client = by_token(make_staff(*endpoint.permissions))
    row = endpoint.row()

    error = error_of(client.call(endpoint.method, endpoint.address(row, "colour=red"), endpoint.body(row)), 422)

    assert list(error["fields"]) == ["colour"]
