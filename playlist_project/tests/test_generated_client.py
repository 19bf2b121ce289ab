"""A client that is generated from openapi.yaml does the whole story, without a line of its own about HTTP."""

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from channels.models import Channel
from demo.flussonic import FlussonicStandIn
from playlist_project.models import User
from playlist_project.tests.sources import ROOT

# The generator knows text, and not that a playlist is one.
CONFIGURATION = "content_type_overrides: {audio/x-mpegurl: text/plain}\npost_hooks: []\n"
PACKAGE = "generated_client"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that has the client as a package."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "configuration.yaml").write_text(CONFIGURATION)
    arguments = {
        "--path": ROOT / "openapi.yaml",
        "--output-path": folder / PACKAGE,
        "--meta": "none",
        "--config": folder / "configuration.yaml",
    }
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning"]
    made = subprocess.run(
        [*command, *(str(part) for pair in arguments.items() for part in pair)],
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


class Api:
    """The generated functions by name, called with one client that keeps its cookies."""

    def __init__(self, url: str) -> None:
        self.client = importlib.import_module(f"{PACKAGE}.client").Client(url, raise_on_unexpected_status=True)

    def model(self, name: str) -> Any:
        return getattr(importlib.import_module(f"{PACKAGE}.models"), name)

    def call(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        function = importlib.import_module(f"{PACKAGE}.api.{operation}")
        answer = function.sync(*args, client=self.client, **kwargs)
        return getattr(answer, "data", answer)


@pytest.fixture
def api(generated: Path, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.syspath_prepend(generated)
    api = Api(live_server.url)
    with api.client:
        yield api


def test_from_login_to_playlist(api: Api, flussonic: FlussonicStandIn) -> None:
    User.objects.create_superuser("chief", password="a long enough password")

    api.call("auth.login", body=api.model("LoginRequest")(username="chief", password="a long enough password"))
    api.client.with_headers({"X-CSRFToken": api.client.get_httpx_client().cookies["csrftoken"]})
    assert api.call("auth.me").username == "chief"

    synced = api.call("channels_sync.channels_sync", body=api.model("SyncRequestRequest")())
    assert (synced.total, synced.new) == (1, 1)
    (channel,) = api.call("channels.channels_list", search="NEWS").items
    group = api.call("groups.groups_create", body=api.model("GroupRequest")(name="Informational"))
    into_group = api.model("PatchedChannelGroupRequest")(group_id=group.id)
    api.call("channels.channels_group_partial_update", channel.id, body=into_group)
    package = api.call("packages.packages_create", body=api.model("PackageRequest")(name="Basic"))
    into_package = api.model("PatchedChannelPackagesRequest")(package_ids=[package.id])
    api.call("channels.channels_packages_partial_update", channel.id, body=into_package)
    tariff = api.call("tariffs.tariffs_create", body=api.model("TariffRequest")(name="Home", package_ids=[package.id]))
    user = api.call(
        "users.users_create",
        body=api.model("UserRequest")(
            first_name="Анна", last_name="Иванова", agreement_number="A-1", tariff_ids=[tariff.id]
        ),
    )
    playlist = api.call("users.users_playlist_retrieve", user.id)

    assert playlist.splitlines() == [
        "#EXTM3U",
        '#EXTINF:-1 tvg-name="News" group-title="Informational",News',
        f"{Channel.objects.get().stream_base_url}/news/video.m3u8?token={user.token}",
    ]
