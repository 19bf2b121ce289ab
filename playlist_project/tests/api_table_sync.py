"""The sync with Flussonic."""

from playlist_project.tests.api_table import Endpoint

ENDPOINTS = [
    Endpoint(
        "POST",
        "channels-sync",
        ("channels.change_channel",),
        body=lambda row: {"force": True},
        needs="flussonic",
        invalid={"force": {"force": "yes"}},
    ),
]
