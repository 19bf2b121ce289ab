"""What the tests of the Flussonic client share."""

from collections.abc import Iterator

import pytest
import responses
from pytest_django.fixtures import Settings

from demo.flussonic import FlussonicStandIn
from integrations import http
from integrations.tests.flussonic.listing import LOGIN


@pytest.fixture(autouse=True)
def short_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "BACK_OFF", 0.01)


@pytest.fixture
def server(settings: Settings) -> Iterator[FlussonicStandIn]:
    with FlussonicStandIn(login=LOGIN) as standin:
        settings.FLUSSONIC_URL = standin.url
        settings.FLUSSONIC_API_KEY = LOGIN
        yield standin


@pytest.fixture
def mocked(settings: Settings) -> Iterator[responses.RequestsMock]:
    """A server of which only /streamer/api/v3/streams is asked."""
    settings.FLUSSONIC_URL = "http://flussonic.example"
    settings.FLUSSONIC_API = "v3"
    with responses.RequestsMock() as mock:
        yield mock
