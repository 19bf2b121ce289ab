"""Awkward names, read back by parsers of other people: m3u-ipytv (Python) and iptv-playlist-parser (Node)."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from channels.tests.factories import make_channel, make_group
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db

NODE_SCRIPT = Path(__file__).parent / "parse.cjs"
NODE_MODULES = Path(__file__).parents[2] / ".local" / "node" / "node_modules"

HOW_TO_INSTALL = "make node"

# The name of a channel or group, and what a player shows.
NAMES = [
    ("Plain", "Plain"),
    ('The "Best" TV, HD', "The 'Best' TV HD"),
    ('"', "'"),
    ("News, World, HD", "News World HD"),
    ("One\nTwo\r\nThree\rFour", "One Two Three Four"),
    ("#EXTINF:-1,Fake\nhttp://e.com/fake", "#EXTINF:-1 Fake http://e.com/fake"),
    ("Line\u2028Paragraph\u2029Next\x85End\x0b\x0c\x1c\x1d", "Line Paragraph Next End"),
    ("Motor media=hd Special", "Motor media hd Special"),
    ('x" tvg-id="stolen" catchup="append', "x' tvg-id 'stolen' catchup 'append"),
    ("ends with lang=", "ends with lang"),
    ("📺 Эмодзи 🇷🇺 👨‍👩‍👧 ⚽", "📺 Эмодзи 🇷🇺 👨‍👩‍👧 ⚽"),
    ("قناة الجزيرة", "قناة الجزيرة"),
    ("\u200fعربي HD\u200e", "\u200fعربي HD\u200e"),
    ("ערוץ 12", "ערוץ 12"),
    ("Cafe\u0301", "Café"),
    ("Я" * 255, "Я" * 255),
    ("a," * 127, ("a " * 127).strip()),
    ("Brass & Strings &quot;Live&quot;", "Brass & Strings &quot;Live&quot;"),
    ("Snail's \\ back|slash", "Snail's \\ back|slash"),
    ("5 USA", "5 USA"),
    ("100% = all", "100% = all"),
]


@pytest.fixture
def playlist() -> str:
    """A playlist in which each name stands for stream, channel, EPG id and group."""
    channels = [
        make_channel(
            stream_name=name,
            display_name=name,
            tvg_name=name,
            tvg_id=name[:100],
            catchup_days=7,
            tvg_logo=f"http://e.com/{number}, {name}.png?media=1",
            group=make_group(name=name[:100]),
        )
        for number, (name, _) in enumerate(NAMES)
    ]
    response: Any = Client().get(f"/playlist/{make_subscriber(channels=channels, token='test-token').token}.m3u8")
    return str(response.getvalue(), "utf-8")


def shown() -> list[dict[str, str]]:
    return [
        {
            "title": name,
            "tvg-name": name,
            "tvg-id": name[:100].strip(),
            "group-title": " ".join(name[:100].replace(";", " ").split()),
            "days": "7",
        }
        for _, name in NAMES
    ]


def check_addresses(urls: list[str], logos: list[str]) -> None:
    assert urls == [f"http://stream.example.com:8085/{quote(name)}/video.m3u8?token=test-token" for name, _ in NAMES]
    assert [logo.split("%2C")[0] for logo in logos] == [f"http://e.com/{number}" for number in range(len(NAMES))]
    assert all(logo.endswith(".png?medi%61=1") for logo in logos)


def test_m3u_ipytv_reads_what_was_written(playlist: str) -> None:
    ipytv = pytest.importorskip("ipytv.playlist", reason="m3u-ipytv is not installed")
    channels = ipytv.loads(playlist).get_channels()

    assert [
        {
            "title": channel.name,
            **{name: channel.attributes[name] for name in ("tvg-name", "tvg-id", "group-title")},
            "days": channel.attributes["catchup-days"],
        }
        for channel in channels
    ] == shown()
    check_addresses([c.url for c in channels], [c.attributes["tvg-logo"] for c in channels])


def test_iptv_playlist_parser_reads_what_was_written(playlist: str) -> None:
    node = shutil.which("node")
    if not node or not NODE_MODULES.exists():
        pytest.skip(f"node or its package is missing: {HOW_TO_INSTALL}")
    run = subprocess.run(
        [node, NODE_SCRIPT],
        input=playlist.encode(),
        env={"NODE_PATH": str(NODE_MODULES)},
        stdout=subprocess.PIPE,
        check=True,
    )
    items = json.loads(run.stdout)

    assert [
        {
            "title": item["name"],
            "tvg-name": item["tvg"]["name"],
            "tvg-id": item["tvg"]["id"],
            "group-title": item["group"]["title"],
            "days": item["catchup"]["days"],
        }
        for item in items
    ] == shown()
    check_addresses([item["url"] for item in items], [item["tvg"]["logo"] for item in items])
