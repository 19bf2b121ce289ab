"""Credentials are sent as the server wants them, and errors told without them."""

from typing import Any
from unittest.mock import ANY

import pytest
import responses
from pytest_django.fixtures import Settings

from demo.flussonic import FlussonicStandIn
from integrations.flussonic.client import FlussonicClient
from integrations.http import NotConfigured, RemoteGarbage, RemoteRejected, RemoteUnauthorized, RemoteUnavailable
from integrations.tests.flussonic.listing import LOGIN, read


@pytest.mark.parametrize(
    ("key", "header"),
    [
        ("sync:слово", "Basic c3luYzrRgdC70L7QstC+"),
        ("c3luYzpwYXNz", "Bearer c3luYzpwYXNz"),
        (" named-token\n", "Bearer named-token"),
        ("", ANY),
    ],
    ids=["login and password", "the same base64", "named token", "none"],
)
def test_a_key_with_a_colon_is_a_login_and_any_other_a_token(
    server: FlussonicStandIn, settings: Settings, key: str, header: str
) -> None:
    settings.FLUSSONIC_API_KEY = key
    server.login = None
    read()

    assert server.requests[0].headers.get("Authorization") == (header if key else None)


@pytest.mark.parametrize("dialect", ["error", "errors"])
@pytest.mark.parametrize("key", ["sync:wrong-word", "wrong-token", ""])
def test_wrong_credentials_are_told_apart_in_either_dialect(
    server: FlussonicStandIn, settings: Settings, dialect: Any, key: str
) -> None:
    settings.FLUSSONIC_API_KEY = key
    server.faults.dialect = dialect

    with pytest.raises(RemoteUnauthorized, match=r"answered 40[13]: authorization_(failed|required)"):
        read()
    assert len(server.requests) == 1


def test_a_rejected_selection_is_not_tried_again(server: FlussonicStandIn) -> None:
    server.faults.fail_next, server.faults.fail_status = 1, 400

    with pytest.raises(RemoteRejected, match="answered 400"):
        read()
    assert len(server.requests) == 1


def test_a_server_that_refuses_is_told_about_in_a_sentence(server: FlussonicStandIn) -> None:
    with (
        server.refuse(),
        pytest.raises(RemoteUnavailable, match=r"^Flussonic \(.*\) cannot be reached. \(Connection refused\)$"),
    ):
        read()


def test_an_html_error_page_is_understood(server: FlussonicStandIn) -> None:
    server.faults.html_error, server.faults.fail_next, server.faults.fail_status = True, 99, 502

    with pytest.raises(RemoteUnavailable, match="answered 502: 502 502 nginx"):
        read()


def test_a_web_page_instead_of_the_list_is_garbage(mocked: responses.RequestsMock) -> None:
    mocked.get("http://flussonic.example/streamer/api/v3/streams", body="<html>Welcome to nginx!</html>")

    with pytest.raises(RemoteGarbage, match="not JSON"):
        read()


@pytest.mark.parametrize("quoted", [LOGIN, "s3cret-word", "c3luYzpzM2NyZXQtd29yZA=="])
def test_no_error_holds_the_key_in_any_form(mocked: responses.RequestsMock, settings: Settings, quoted: str) -> None:
    settings.FLUSSONIC_API_KEY = LOGIN
    mocked.get("http://flussonic.example/streamer/api/v3/streams", status=403, json={"error": f"bad key {quoted}"})

    with pytest.raises(RemoteUnauthorized) as caught:
        read()
    assert str(caught.value) == "Flussonic (flussonic.example) answered 403: bad key ***."
    assert caught.value.detail == "bad key ***"


def test_without_an_address_there_is_nothing_to_ask(settings: Settings) -> None:
    settings.FLUSSONIC_URL = ""

    with pytest.raises(NotConfigured, match="FLUSSONIC_URL is not set"):
        FlussonicClient.from_settings()


def test_an_unknown_api_is_a_fault_of_the_settings(settings: Settings) -> None:
    settings.FLUSSONIC_URL, settings.FLUSSONIC_API = "http://flussonic.example", "v4"

    with pytest.raises(NotConfigured, match="FLUSSONIC_API must be one of auto, v3, api_v3, central, streams"):
        FlussonicClient.from_settings()
