"""Lists as large and as odd as operators have them, fetched over HTTP; and readers who come meanwhile."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from catalog.tests.factories import make_package
from channels.models import Channel, ImportRun, Source
from channels.tests.lists import entry, list_of, make_list_source
from demo.flussonic import FlussonicStandIn
from integrations.flussonic.client import FlussonicClient
from integrations.flussonic.sync import sync_channels
from integrations.sources.importing import import_list
from integrations.tests.guide.feed_server import FeedHost
from integrations.tests.sources.imports import run_of
from subscribers.tests.factories import make_subscriber

LARGEST = 89_676
DOWNLOADS = 50
# One of these after another: what is found in lists of some thousand channels that people pass on.
ODDITIES = (
    '#EXTINF:-1 tvg-id="" tvg-name="##### {n} #####" tvg-logo="" group-title="{g}",##### {n} #####\n{url}\n',
    '#EXTINF:-1 tvg-id="ch{n}.uk" tvg-name="UK: {n} HD" tvg-logo="http://l.example.com/{n}.png" group-title="{g}",'
    "UK: {n} HD\n{url}\n",
    "#EXTINF:0,Canal {n}\r\n#EXTGRP:{g}\r\n{url}\r\n",
    "#EXTINF:-1 group-title='{g}' tvg-id=ch{n},Channel, {n}\n#EXTVLCOPT:http-user-agent=Mozilla/5.0\n{url}\n",
    '#EXTINF:-1 tvg-chno="{n}" catchup="shift" catchup-days="7" tvg-rec="7" group-title="{g}",Первый {n}\n{url}\n',
    '#EXTINF:-1 tvg-id="ch{n}" radio="true" group-title="{g}; Radio",Radio "{n}"\n#KODIPROP:mimetype=audio/mpeg\n'
    "{url}\n",
    "\n# a remark\n#EXTINF:-1,\n{url}|User-Agent=VLC\n",
)


def odd_list(size: int) -> bytes:
    text = "".join(
        ODDITIES[n % len(ODDITIES)].format(n=n, g=f"Group {n % 40}", url=f"http://host.example.com:8000/u/p/{n}.ts")
        for n in range(size)
    )
    return b'\xef\xbb\xbf#extm3u x-tvg-url="http://guide.example.com/"\r\n' + text.encode()


def names(source: Source) -> set[str | None]:
    return set(Channel.objects.filter(source=source).values_list("display_name", flat=True))


@pytest.fixture
def source(host: FeedHost) -> Source:
    return make_list_source(url=f"{host.url}/list.m3u")


@pytest.mark.django_db
def test_an_odd_list_of_2000_channels_is_imported_whole(source: Source, host: FeedHost) -> None:
    host.feed = odd_list(2_000)
    run = run_of(source)

    assert (run.state, run.added, run.rejected) == ("done", 2_000, 0)
    assert {"UK: 1 HD", "Channel, 3", "Первый 4", 'Radio "5"', "Channel 7", "##### 0 #####"} <= names(source)
    assert Channel.objects.get(display_name="Canal 2").group is not None
    assert not Channel.objects.filter(source_url__contains="|").exists()
    assert counts_again(source, host) == (0, 0, 0)


def counts_again(source: Source, host: FeedHost) -> tuple[int, int, int]:
    """Move the host and change the login; import by force; return what was added, gone, and had other addresses."""
    host.feed = host.feed.replace(b"host.example.com:8000/u/p/", b"other.example.org/live/x/y/")
    run = run_of(source, forced=True)
    return run.added, run.gone, 2_000 - run.changed


@pytest.mark.parametrize("identity", Source.Identity.values)
@pytest.mark.django_db
def test_1800_entries_with_an_empty_tvg_id_are_as_many_channels_without_one(host: FeedHost, identity: str) -> None:
    source = make_list_source(url=f"{host.url}/list.m3u", identity=identity)
    host.feed = list_of(*(entry(n, tvg_id="" if n < 1_800 else f"ch{n}.tv") for n in range(2_000)))
    run = run_of(source)

    assert (run.state, run.added, run.rejected) == ("done", 2_000, 0)
    assert Channel.objects.filter(tvg_id=None).count() == 1_800

    host.feed = host.feed.replace(b"/live/user/secret/", b"/live/another/password/")
    run = run_of(source, forced=True)
    assert (run.added, run.changed, run.gone) == (0, 2_000, 0)

    header, _first, rest = host.feed.split(b"#EXTINF", 2)
    host.feed = header + b"#EXTINF" + rest
    run = run_of(source)
    assert (run.added, run.changed, run.gone) == (0, 0, 1)


@pytest.mark.django_db
def test_a_list_of_89676_channels_is_imported_over_http(source: Source, host: FeedHost) -> None:
    host.feed = list_of(*(entry(number) for number in range(LARGEST)))
    run = run_of(source)
    assert (run.state, run.added, Channel.objects.count()) == ("done", LARGEST, LARGEST)

    assert run_of(source).state == "unchanged"

    host.feed = host.feed.replace(b",Channel 4242\n", b",Renamed\n")
    run = run_of(source)
    assert (run.added, run.changed, run.gone) == (0, 1, 0)


@pytest.mark.django_db(transaction=True)
def test_every_playlist_fetched_during_an_import_and_a_sync_is_a_whole_old_or_a_whole_new_one(
    flussonic: FlussonicStandIn,
) -> None:
    def streams(word: str) -> dict[str, Any]:
        return {f"s{n}": {"name": f"s{n}", "title": f"{word} stream {n}", "named_by": "config"} for n in range(100)}

    source = make_list_source()
    flussonic.streams.clear()
    flussonic.streams.update(streams("old"))
    with FlussonicClient.from_settings() as client:
        sync_channels(client)
    _import(source, "old")
    package = make_package(channels=list(Channel.objects.all()))
    token = make_subscriber(packages=[package]).token
    flussonic.streams.update(streams("new"))
    begin = threading.Barrier(DOWNLOADS // 5 + 2)

    def sync() -> None:
        begin.wait(20)
        with FlussonicClient.from_settings() as client:
            sync_channels(client)
        connections.close_all()

    def renew() -> None:
        begin.wait(20)
        _import(source, "new")
        connections.close_all()

    def download(number: int) -> list[str]:
        if number < DOWNLOADS // 5:
            begin.wait(20)
        text = b"".join(Client().get(f"/playlist/{token}.m3u8")).decode()
        connections.close_all()
        return text.splitlines()

    with ThreadPoolExecutor(DOWNLOADS // 5 + 2) as pool:
        writers = [pool.submit(sync), pool.submit(renew)]
        playlists = list(pool.map(download, range(DOWNLOADS)))
        for writer in writers:
            writer.result()

    assert {len([line for line in lines if line.startswith("#EXTINF")]) for lines in playlists} == {400}
    for kind in ("stream", "entry"):
        words = [
            {word for line in lines for word in ("old", "new") if f",{word} {kind}" in line} for lines in playlists
        ]
        assert all(len(found) == 1 for found in words), kind
    assert {"new"} == {word for line in download(DOWNLOADS) for word in ("old", "new") if f",{word} entry" in line}


def _import(source: Source, word: str) -> None:
    content = list_of(*(entry(number, f"{word} entry {number}") for number in range(300)))
    run = ImportRun.objects.create(source=source)
    import_list(run, file=io.BytesIO(content))
    assert run.state == "done", run.error
