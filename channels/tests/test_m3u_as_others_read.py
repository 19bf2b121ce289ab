"""Well-formed lists, read by m3u-ipytv (Python) and by iptv-playlist-parser (Node) as here."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.m3u import ListEntry
from channels.tests.m3u_lists import found_in

REPOSITORY = Path(__file__).parents[2]
NODE_SCRIPT = REPOSITORY / "playlists" / "tests" / "parse.cjs"
NODE_MODULES = REPOSITORY / ".local" / "node" / "node_modules"

# Where iptv-playlist-parser has the attributes that it knows.
PLACES = {
    "tvg-id": ("tvg", "id"),
    "tvg-name": ("tvg", "name"),
    "tvg-logo": ("tvg", "logo"),
    "tvg-shift": ("tvg", "shift"),
    "group-title": ("group", "title"),
    "catchup": ("catchup", "type"),
    "catchup-days": ("catchup", "days"),
    "catchup-source": ("catchup", "source"),
    "user-agent": ("http", "user-agent"),
}

# Line breaks end an entry in some of them, and spaces around a text are kept by others.
letters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters='"\ufeff')
values = st.text(st.sampled_from("aЖ1é',=;|& 📺") | letters, max_size=20).map(str.strip)
# iptv-playlist-parser takes what looks like an attribute out of titles.
titles = st.text(st.sampled_from("aЖ1é',=;|& 📺") | letters, min_size=1, max_size=20).map(str.strip)
attributes = st.dictionaries(st.sampled_from(sorted(PLACES)), values, max_size=5)
urls = st.text(st.sampled_from("abc/.?=1,'"), max_size=20).map(lambda path: f"http://e.com:8080/{path}x")
entries = st.lists(st.tuples(titles, urls, attributes), min_size=1, max_size=10)


def list_of(entries: list[tuple[str, str, dict[str, str]]]) -> str:
    lines = ["#EXTM3U"]
    for title, url, attributes in entries:
        named = "".join(f' {name}="{value}"' for name, value in attributes.items())
        lines += [f"#EXTINF:-1{named},{title}", url]
    return "\n".join(lines)


def read_here(text: str) -> list[tuple[str, str, dict[str, str]]]:
    found = found_in(text)
    assert all(isinstance(one, ListEntry) for one in found)
    return [(one.title, one.url, one.attributes) for one in found if isinstance(one, ListEntry)]


def read_in_node(text: str) -> list[dict[str, Any]]:
    node = shutil.which("node")
    if not node or not NODE_MODULES.exists():
        pytest.skip("node or its package is missing: make node")
    command = [node, str(NODE_SCRIPT)]
    environment = {"NODE_PATH": str(NODE_MODULES)}
    done = subprocess.run(command, input=text.encode(), env=environment, stdout=subprocess.PIPE, check=True)
    items: list[dict[str, Any]] = json.loads(done.stdout)
    return items


@settings(deadline=None)
@given(entries)
def test_m3u_ipytv_reads_the_same(entries: list[tuple[str, str, dict[str, str]]]) -> None:
    ipytv = pytest.importorskip("ipytv.playlist", reason="m3u-ipytv is not installed")
    text = list_of(entries)
    channels = ipytv.loads(text).get_channels()

    assert read_here(text) == [(channel.name, channel.url, channel.attributes) for channel in channels] == entries


@settings(max_examples=40, deadline=None)
@given(entries)
def test_iptv_playlist_parser_reads_the_same(entries: list[tuple[str, str, dict[str, str]]]) -> None:
    text = list_of(entries)
    theirs = [
        (item["name"], item["url"], {name: item[place][field] for name, (place, field) in PLACES.items()})
        for item in read_in_node(text)
    ]

    none = dict.fromkeys(PLACES, "")
    assert [(title, url, none | attributes) for title, url, attributes in read_here(text)] == theirs


def test_iptv_playlist_parser_reads_the_same_of_other_lines() -> None:
    text = (
        "#EXTM3U\n#EXTINF:-1,A\n#EXTGRP:News\n#EXTVLCOPT:http-user-agent=VLC/3\nhttp://e.com/1\n#EXTINF:-1,B\nrtp://b:1"
    )
    ours, theirs = read_here(text), read_in_node(text)

    assert [(title, url) for title, url, _ in ours] == [(item["name"], item["url"]) for item in theirs]
    assert [attributes.get("group-title", "") for _, _, attributes in ours] == [i["group"]["title"] for i in theirs]
    assert [attributes.get("http-user-agent", "") for _, _, attributes in ours] == [
        item["http"]["user-agent"] for item in theirs
    ]
