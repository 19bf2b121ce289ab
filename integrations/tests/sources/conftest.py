"""What the tests of imports of lists share."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from channels.models import Source
from channels.tests.lists import entry, list_of, make_list_source
from integrations.tests.guide.feed_server import FeedHost, feed_host


@pytest.fixture
def host(settings: Settings) -> Iterator[FeedHost]:
    settings.ALLOW_PRIVATE_ADDRESSES = True
    with feed_host() as host:
        yield host


@pytest.fixture
def source(host: FeedHost) -> Source:
    host.feed = list_of(entry(1), entry(2))
    return make_list_source(url=f"{host.url}/get.php?username=anna&password=secret&type=m3u_plus", refresh_hours=6)
