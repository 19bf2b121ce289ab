"""What tests of several apps use."""

from collections.abc import Iterator

import hypothesis
import pytest
from pytest_django.fixtures import Settings

from demo.auth_service import AuthServiceStandIn
from demo.flussonic import FlussonicStandIn
from integrations.auth_service.client import AuthServiceClient
from subscribers import buffer, lately

pytest_plugins = ["playlist_project.tests.browser"]
hypothesis.settings.register_profile("thorough", max_examples=500)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tour", metavar="FOLDER", help="keep the pictures of docs/tour.md in this folder")


@pytest.fixture(autouse=True)
def _fresh_process() -> None:
    """Nothing that another test has left is written by this one, or known to it."""
    buffer.forget_all()
    lately.forget_all()


@pytest.fixture
def flussonic(settings: Settings) -> Iterator[FlussonicStandIn]:
    """A Flussonic of its own over HTTP, with one stream, to which the settings point."""
    with FlussonicStandIn([{"name": "news", "title": "News", "named_by": "config", "static": True}]) as stand_in:
        settings.FLUSSONIC_URL = stand_in.url
        yield stand_in


@pytest.fixture
def auth_service(settings: Settings) -> Iterator[AuthServiceStandIn]:
    """An Auth Service of its own over HTTP, to which the settings point."""
    with AuthServiceStandIn(api_key="secret") as stand_in:
        settings.AUTH_SERVICE_URL = stand_in.url
        settings.AUTH_SERVICE_API_KEY = "secret"
        yield stand_in


@pytest.fixture
def token_client(auth_service: AuthServiceStandIn) -> Iterator[AuthServiceClient]:
    """A client of that Auth Service."""
    with AuthServiceClient(auth_service.url, "secret", timeout=2.0, connections=4) as client:
        yield client
