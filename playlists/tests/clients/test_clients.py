"""Clients that other people have written, against a real server: what they make of what we answer."""

import contextlib
import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from playlists.tests.clients.conftest import HOURS, Town

pytestmark = pytest.mark.django_db(transaction=True)

SCRIPT = Path(__file__).parent / "clients.cjs"
NODE_MODULES = Path(__file__).parents[3] / ".local" / "node" / "node_modules"


def in_node(which: str, *arguments: str, text: str = "") -> Any:
    """Return what a client in Node says; skip where it is not installed."""
    node = shutil.which("node")
    if node is None or not (NODE_MODULES / "@iptv").is_dir():
        pytest.skip("the clients in JavaScript are not installed: make node")
    done = subprocess.run(
        [node, str(SCRIPT), which, *arguments],
        input=text,
        env={"NODE_PATH": str(NODE_MODULES), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def fetched(url: str) -> str:
    with urlopen(url, timeout=30) as answer:
        text: str = answer.read().decode()
        return text


@contextlib.contextmanager
def pyxtream(town: Town, cache: Path, password: str = "") -> Iterator[tuple[Any, io.StringIO]]:
    """Give pyxtream, the engine of Hypnotix, logged in to the town, and what it prints."""
    module = pytest.importorskip("pyxtream", reason="pyxtream is not installed: make install")
    # It keeps a group for all of what fits nowhere in the class, and in it what earlier instances have found.
    module.XTream.live_catch_all_group.channels = []
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        client = module.XTream(
            "town",
            town.username,
            password or town.password,
            town.url,
            cache_path=f"{cache}/",
            reload_time_sec=0,
            validate_json=True,
        )
        yield client, said


def test_pyxtream_logs_in_and_finds_every_channel_and_no_fault_in_any(town: Town, tmp_path: Path) -> None:
    with pyxtream(town, tmp_path) as (client, said):
        assert client.state["authenticated"]
        assert client.load_iptv()

    assert sorted(channel.name for channel in client.channels) == sorted(town.names)
    assert {group.name for group in client.groups} >= {"News & Sport", "Кино"}
    assert {channel.url for channel in client.channels} == {
        f"{town.url}/live/anna/{town.password}/{channel.pk}.ts" for channel in town.channels
    }
    assert "is not of type" not in said.getvalue()


def test_pyxtream_takes_a_wrong_password_for_one(town: Town, tmp_path: Path) -> None:
    with pyxtream(town, tmp_path, "wrong-password") as (client, _):
        assert not client.state["authenticated"]


@pytest.mark.parametrize("serializer", ["standardized", "camelcase"])
def test_xtream_api_reads_account_channels_and_guide(town: Town, serializer: str) -> None:
    told = in_node(serializer, town.url, town.username, town.password)

    assert [channel["name"] for channel in told["channels"]] == town.names
    assert [
        category["name" if serializer == "standardized" else "categoryName"] for category in told["categories"]
    ] == [
        "News & Sport",
        "Кино",
        "Other",
    ]
    assert told["movies"] == told["movieCategories"] == told["shows"] == told["showCategories"] == []
    assert told["profile"]["username"] == "anna"
    server, address = told["server"], urlsplit(town.url)
    assert (server["url"], server["port"], server["timezone"]) == (address.hostname, str(address.port), "UTC")


def test_xtream_api_reads_all_of_it_as_json_api_too(town: Town) -> None:
    told = in_node("jsonapi", town.url, town.username, town.password)

    assert [channel["attributes"]["name"] for channel in told["channels"]["data"]] == town.names
    categories = [category["attributes"]["name"] for category in told["categories"]["data"]]
    assert categories == ["News & Sport", "Кино", "Other"]
    assert told["profile"]["data"]["attributes"]["username"] == "anna"
    assert told["movies"]["data"] == told["shows"]["data"] == []
    assert len(told["short"]["data"]) == 4


def test_xtream_api_is_told_of_an_account_that_may_watch(town: Town) -> None:
    profile = in_node("standardized", town.url, town.username, town.password)["profile"]

    assert profile["status"] == "Active"
    assert str(profile["maxConnections"]) == "2"
    assert profile["isTrial"] is False


def test_xtream_api_reads_the_guide_of_a_channel(town: Town) -> None:
    told = in_node("standardized", town.url, town.username, town.password)

    assert len(told["short"]) == 4
    assert HOURS - 1 <= len(told["full"]) <= HOURS
    assert all(programme["start"] for programme in told["full"])


@pytest.mark.parametrize("kind", ["by password", "by token"])
@pytest.mark.parametrize("parser", ["playlist", "ipp"])
def test_parsers_find_the_same_channels_in_both_playlists(town: Town, parser: str, kind: str) -> None:
    url = town.playlist_url if kind == "by password" else f"{town.url}/playlist/{town.token}.m3u8"
    parsed = in_node(parser, text=fetched(url))
    entries = parsed["channels"] if parser == "playlist" else parsed["items"]

    assert [entry["name"] for entry in entries] == town.names
    assert [entry["url"] for entry in entries] == town.streams
    groups = [entry.get("groupTitle") or (entry.get("group") or {}).get("title") or "" for entry in entries]
    assert groups == [channel.group.name if channel.group else "" for channel in town.channels]


def test_ipytv_loads_the_playlist_from_its_address(town: Town) -> None:
    ipytv = pytest.importorskip("ipytv.playlist", reason="m3u-ipytv is not installed: make install")
    playlist = ipytv.loadu(town.playlist_url)

    assert [entry.name for entry in playlist.get_channels()] == town.names


def test_epg_parser_reads_every_time_of_the_guide(town: Town) -> None:
    guide = in_node("epg", text=fetched(f"{town.url}/xmltv.php?{town.credentials}"))

    assert len(guide["channels"]) == 2
    assert len(guide["programs"]) == 2 * HOURS
    assert all(programme["start"] and programme["stop"] for programme in guide["programs"])
    assert {programme["channel"] for programme in guide["programs"]} == {"epg.0", "epg.1"}


@pytest.mark.parametrize(
    ("command", "package"),
    [
        (["tv_validate_file", "--dtd-file=/usr/share/xmltv/xmltv.dtd"], "xmltv-util"),
        (["xmllint", "--noout", "--dtdvalid", "/usr/share/xmltv/xmltv.dtd"], "libxml2-utils and xmltv-util"),
    ],
    ids=["tv_validate_file", "xmllint"],
)
def test_the_guide_is_valid_by_the_dtd(town: Town, tmp_path: Path, command: list[str], package: str) -> None:
    if shutil.which(command[0]) is None or not Path("/usr/share/xmltv/xmltv.dtd").exists():
        pytest.skip(f"{command[0]} is not installed: apt-get install {package}")
    guide = tmp_path / "guide.xml"
    guide.write_text(fetched(f"{town.url}/xmltv.php?{town.credentials}"))
    done = subprocess.run([*command, str(guide)], capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_mpv_takes_the_answer_of_get_php_for_a_playlist(town: Town) -> None:
    """It does so by the Content-Type alone, which must have no parameters."""
    if shutil.which("mpv") is None:
        pytest.skip("mpv is not installed: apt-get install mpv")
    options = ["--no-config", "--ytdl=no", "--vo=null", "--ao=null", "--length=1", "--playlist-start=0", "--idle=no"]
    # Not one of the streams is there: it tries each, and its log names them.
    done = subprocess.run(
        ["mpv", *options, "--msg-level=all=v", "--network-timeout=1", town.playlist_url],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = done.stdout + done.stderr

    assert "Failed to recognize file format" not in said
    assert "stream0/video.m3u8" in said
