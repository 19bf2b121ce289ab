"""Versions of playlists under many requests at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from playlists.views import build_playlist
from subscribers.models import PlaylistVersion, Subscriber
from subscribers.tests.factories import make_subscriber


@pytest.fixture
def subscriber(transactional_db: None) -> Subscriber:
    return make_subscriber()


def test_requests_at_the_same_moment_write_one_version(subscriber: Subscriber) -> None:
    start = Barrier(4)

    def build() -> str:
        try:
            start.wait(timeout=10)
            return build_playlist(subscriber).etag
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        etags = {future.result() for future in [threads.submit(build) for _ in range(4)]}

    assert [version.etag for version in PlaylistVersion.objects.filter(subscriber=subscriber)] == list(etags)
