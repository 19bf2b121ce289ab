"""A stand-in of its own for each test."""

from collections.abc import Iterator

import pytest

from demo.auth_service import AuthServiceStandIn

KEY = {"X-API-Key": "secret"}
TOKEN = "token-0001"


@pytest.fixture
def server() -> Iterator[AuthServiceStandIn]:
    with AuthServiceStandIn() as standin:
        yield standin
