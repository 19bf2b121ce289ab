"""A guide that is too large for memory: read as it is sent, from what was there when it began."""

import gzip
import tracemalloc
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from lxml import etree
from psycopg.pq import TransactionStatus

from channels.joined_gzip import deflated
from channels.models import GuideChannel, GuidePiece, GuideSource
from channels.tests.factories import make_channel, make_channels
from channels.tests.feeds import day_of, imported, make_guide_source
from channels.xmltv_writing import TAIL
from playlist_project.tests.waiting import in_thread
from playlists.xtream import xmltv
from subscribers.models import Subscriber
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db(transaction=True)
PIECES, SIZE = 300, 100_000
AT_MOST = 12_000_000
"""Bytes, of 30 million."""


def text_of(number: int) -> bytes:
    return Random(number).randbytes(SIZE)


@pytest.fixture
def heavy() -> Subscriber:
    """A subscriber with a guide of some hundred pieces, which nothing makes smaller."""
    channels = make_channels(PIECES)
    source = make_guide_source()
    for number, channel in enumerate(channels):
        channel.tvg_id = f"c{number}"
        channel.save()
        named = GuideChannel.objects.create(source=source, xmltv_id=f"c{number}")
        part = deflated(text_of(number))
        ends_at = datetime(2099, 1, 1, tzinfo=UTC)
        GuidePiece.objects.create(guide_channel=named, tvg_id=f"c{number}", ends_at=ends_at, **part._asdict())
    return make_subscriber(channels=channels)


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> Subscriber:
    """A subscriber with a guide that is read piece by piece."""
    monkeypatch.setattr(xmltv, "BYTES_AT_ONCE", 1)
    channels = [make_channel(tvg_id=name) for name in "abc"]
    imported(make_guide_source(), day_of("a", "b", "c", title="old"))
    return make_subscriber(channels=channels)


def guide(subscriber: Subscriber, ending: str = "xml.gz") -> Any:
    return Client().get(f"/epg/{subscriber.token}.{ending}")


def unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(31)
    yield from map(unpacker.decompress, chunks)
    assert (unpacker.eof, unpacker.unused_data) == (True, b"")


@pytest.mark.parametrize("ending", ["xml", "xml.gz"])
def test_a_large_guide_is_never_in_memory_as_a_whole(heavy: Subscriber, ending: str) -> None:
    size = int(Client().head(f"/epg/{heavy.token}.xml")["Content-Length"])
    head = size - PIECES * SIZE - len(TAIL)
    programmes, sent = sha256(), 0
    tracemalloc.start()
    try:
        chunks = iter(guide(heavy, ending))
        for chunk in chunks if ending == "xml" else unpacked(chunks):
            programmes.update(chunk[max(0, head - sent) :])
            sent += len(chunk)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert sent == size
    assert programmes.digest() == sha256(b"".join(map(text_of, range(PIECES))) + TAIL).digest()
    assert peak < AT_MOST


def titles(chunks: Iterable[bytes]) -> list[str]:
    return [title.text for title in etree.fromstring(gzip.decompress(b"".join(chunks))).findall("programme/title")]


def test_a_refresh_while_a_guide_is_sent_changes_nothing_of_it(light: Subscriber) -> None:
    response = guide(light)
    chunks = iter(response)
    sent = [next(chunks) for _ in range(3)]  # up to the first channel's programmes
    with ThreadPoolExecutor(1) as threads:
        in_thread(threads, lambda: imported(GuideSource.objects.get(), day_of("a", "b", "c", title="new"))).result()

    assert titles([*sent, *chunks]) == ["old"] * 72
    assert titles(guide(light)) == ["new"] * 72


def test_a_slow_player_keeps_no_transaction_open(light: Subscriber) -> None:
    chunks = iter(guide(light))
    sent = next(chunks)

    assert waiting_results() == 1
    assert connection.connection.info.transaction_status is TransactionStatus.IDLE
    assert titles([sent, *chunks]) == ["old"] * 72
    assert waiting_results() == 0


@pytest.mark.parametrize("read", [0, 1, 4], ids=["nothing read", "the beginning read", "some read"])
def test_of_a_player_that_goes_away_nothing_is_kept_at_the_database(
    light: Subscriber, read: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    response = guide(light)
    monkeypatch.setattr(connection, "close_at", None)  # as in a pool, where connections outlive requests
    for _ in zip(range(read), response, strict=False):
        pass
    assert waiting_results() == 1

    response.close()

    assert waiting_results() == 0


def waiting_results() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors WHERE is_holdable")
        return int(cursor.fetchone()[0])
