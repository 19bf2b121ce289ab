"""What the tests of imports of lists share."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from integrations.tests.guide.feed_server import FeedHost, feed_host


@pytest.fixture
def host(settings: Settings) -> Iterator[FeedHost]:
    settings.ALLOW_PRIVATE_ADDRESSES = True
    with feed_host() as host:
        yield host
