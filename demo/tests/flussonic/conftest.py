"""A stand-in of its own for each test."""

from collections.abc import Iterator

import pytest

from demo.catalogue import many_streams
from demo.flussonic import FlussonicStandIn

V3 = "/streamer/api/v3"


@pytest.fixture
def server() -> Iterator[FlussonicStandIn]:
    with FlussonicStandIn(many_streams(250)) as standin:
        yield standin
