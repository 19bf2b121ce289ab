"""What the tests of the HTTP client share."""

from collections.abc import Iterator

import pytest

from demo.flussonic import FlussonicStandIn
from integrations import http
from integrations.tests.http.remote import KEY


@pytest.fixture(autouse=True)
def short_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "BACK_OFF", 0.01)


@pytest.fixture
def server() -> Iterator[FlussonicStandIn]:
    with FlussonicStandIn([{"name": "news"}], tokens=[KEY]) as standin:
        yield standin
