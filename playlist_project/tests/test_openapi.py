"""The API's description says what the API does."""

from typing import Any

import jsonschema
import pytest
from pytest_django import Settings

from playlist_project.api import codes
from playlist_project.api.schema import description
from playlist_project.tests.api_client import ApiClient, by_token, make_staff
from playlist_project.tests.api_table import Endpoint, endpoints

pytestmark = pytest.mark.django_db
TABLE = endpoints()
every_endpoint = pytest.mark.parametrize("endpoint", [row for row in TABLE if not row.download], ids=str)


def operation_of(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = description()["paths"][f"/api/v1/{endpoint.path.replace('{pk}', '{id}')}"][
        endpoint.method.lower()
    ]
    return operation


def check(value: Any, schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator({**schema, "components": description()["components"]}).validate(value)


@pytest.fixture(autouse=True)
def what_it_needs(request: pytest.FixtureRequest) -> None:
    endpoint = getattr(request.node, "callspec", None) and request.node.callspec.params["endpoint"]
    if endpoint and endpoint.needs:
        request.getfixturevalue(endpoint.needs)


@every_endpoint
def test_answers_are_as_described(endpoint: Endpoint) -> None:
    client = by_token(make_staff(is_superuser=True))
    row = endpoint.row()
    body = endpoint.body(row)

    response = client.call(endpoint.method, endpoint.address(row), body)

    operation = operation_of(endpoint)
    check(response.json(), operation["responses"][str(endpoint.status)]["content"]["application/json"]["schema"])
    if body is not None:
        check(body, operation["requestBody"]["content"]["application/json"]["schema"])


@every_endpoint
def test_errors_are_as_described(endpoint: Endpoint) -> None:
    client = ApiClient() if not endpoint.without_login else by_token(make_staff())

    response = client.call(endpoint.method, f"{endpoint.path.replace('{pk}', '1')}?colour=red", {"colour": 5})

    answer = operation_of(endpoint)["responses"][str(response.status_code)]
    check(response.json(), answer["content"]["application/json"]["schema"])


@every_endpoint
def test_examples_are_true(endpoint: Endpoint) -> None:
    operation = operation_of(endpoint)

    for answer in [operation.get("requestBody"), *operation["responses"].values()]:
        if answer:
            content = answer["content"]["application/json"]
            check(content["example"], content["schema"])


@every_endpoint
def test_an_operation_says_what_it_does_and_what_may_go_wrong(endpoint: Endpoint) -> None:
    operation = operation_of(endpoint)

    assert operation["description"].endswith(".")
    assert {"401", "422", "429", "500"} <= operation["responses"].keys()


def test_every_code_is_in_the_description() -> None:
    described = description()["components"]["schemas"]["Error"]["properties"]["error"]["properties"]["code"]["enum"]

    assert set(described) == codes.STATUS.keys()


def test_the_description_is_served_as_json_without_an_envelope() -> None:
    response = ApiClient().call("GET", "schema")

    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["openapi"] == "3.1.0"
    assert response.json() == description()


def test_the_page_loads_nothing_from_elsewhere(settings: Settings) -> None:
    page = ApiClient().call("GET", "docs").content.decode()
    script = ApiClient().call("GET", "docs?script=").content.decode()

    assert "http://" not in page + script.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert "<style" not in page
    assert "/api/v1/schema" in script
