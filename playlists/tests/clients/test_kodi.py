"""Kodi with pvr.iptvsimple, without a screen: what it makes of our playlist and guide. Runs by ``make test-kodi``."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from channels.m3u import clean_text
from playlists.tests.clients.conftest import HOURS, Town

pytestmark = [pytest.mark.kodi, pytest.mark.django_db(transaction=True)]

PACKAGES = "kodi kodi-pvr-iptvsimple kodi-inputstream-ffmpegdirect xvfb xauth"
PORT = 9090
SECONDS = 120
SETTINGS = """<settings version="2">
    <setting id="m3uPathType">1</setting><setting id="m3uUrl">{playlist}</setting><setting id="m3uCache">false</setting>
    <setting id="epgPathType">1</setting><setting id="epgUrl">{guide}</setting><setting id="epgCache">false</setting>
    <setting id="catchupEnabled">true</setting>
</settings>
"""


class Kodi:
    """Kodi's JSON-RPC over TCP."""

    def __init__(self) -> None:
        self._number = 0

    def ask(self, method: str, **params: Any) -> Any:
        self._number += 1
        question = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}
        with socket.create_connection(("127.0.0.1", PORT), timeout=10) as connection:
            connection.sendall(json.dumps(question).encode())
            return self._answer(connection)

    def _answer(self, connection: socket.socket) -> Any:
        """Return the answer; what Kodi announces to everybody in between is passed over."""
        text, decoder = "", json.JSONDecoder()
        while True:
            text += connection.recv(65_536).decode()
            while text:
                try:
                    told, end = decoder.raw_decode(text)
                except json.JSONDecodeError:
                    break
                text = text[end:].lstrip()
                if told.get("id") == self._number:
                    assert "error" not in told, told
                    return told["result"]

    def wait_for(self, method: str, key: str, **params: Any) -> list[dict[str, Any]]:
        """Ask again and again until there is something: it starts, loads and imports in its own time."""
        end = time.monotonic() + SECONDS
        said: object = "nothing"
        while time.monotonic() < end:
            try:
                said = self.ask(method, **params)
            except (OSError, AssertionError) as exc:
                said = exc
            else:
                if isinstance(said, dict) and said.get(key):
                    rows: list[dict[str, Any]] = said[key]
                    return rows
            time.sleep(1)
        raise AssertionError(f"Kodi had no {key} in {SECONDS} s; it said {said}")


@pytest.fixture
def kodi(town: Town, tmp_path: Path) -> Iterator[Kodi]:
    if shutil.which("kodi") is None or shutil.which("xvfb-run") is None:
        pytest.skip(f"Kodi is not installed: apt-get install --no-install-recommends {PACKAGES}")
    data = tmp_path / ".kodi" / "userdata"
    addon = data / "addon_data" / "pvr.iptvsimple"
    addon.mkdir(parents=True)
    guide = f"{town.url}/epg/{town.token}.xml.gz"
    playlist = f"{town.url}/playlist/{town.token}.m3u8"
    (addon / "settings.xml").write_text(SETTINGS.format(playlist=playlist, guide=guide))
    (addon / "instance-settings-1.xml").write_text(SETTINGS.format(playlist=playlist, guide=guide))
    process = subprocess.Popen(
        ["xvfb-run", "--auto-servernum", "kodi", "--standalone"],
        env={**os.environ, "HOME": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        player = Kodi()
        player.wait_for("Addons.GetAddons", "addons", type="kodi.pvrclient", enabled="all")
        player.ask("Addons.SetAddonEnabled", addonid="pvr.iptvsimple", enabled=True)
        yield player
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # the group is its own
        process.wait(timeout=30)


def test_kodi_shows_channels_groups_archive_and_guide(kodi: Kodi, town: Town) -> None:
    shown = kodi.wait_for("PVR.GetChannels", "channels", channelgroupid="alltv", properties=["hasarchive"])
    groups = kodi.wait_for("PVR.GetChannelGroups", "channelgroups", channeltype="tv")
    named = {channel["label"]: channel for channel in shown}

    assert sorted(named) == sorted(town.names)
    assert {"News & Sport", "Кино"} <= {group["label"] for group in groups}
    for channel, name in zip(town.channels, town.names, strict=True):
        assert named[name]["hasarchive"] is bool(channel.catchup_days), name
    for number in (0, 1):
        channel = next(channel for channel in town.channels if channel.tvg_id == f"epg.{number}")
        shown_as = clean_text(channel.display_name or "")
        with_guide = named[shown_as]["channelid"]
        programmes = kodi.wait_for(
            "PVR.GetBroadcasts", "broadcasts", channelid=with_guide, properties=["title", "starttime", "endtime"]
        )
        assert {programme["title"] for programme in programmes} == {f"Новости {number}"}
        times = [(programme["starttime"], programme["endtime"]) for programme in programmes]
        # What is over for long is not kept by Kodi; an hour each, one after the other.
        assert len(times) >= HOURS // 2
        assert all(start.endswith(":00:00") and end.endswith(":00:00") for start, end in times)
        assert [end for _, end in times][:-1] == [start for start, _ in times][1:]
