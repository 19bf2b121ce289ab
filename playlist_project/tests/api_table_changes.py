"""What happened, and why a user has a channel."""

from types import SimpleNamespace

from channels.tests.factories import make_channel
from playlist_project.tests.api_table import Endpoint
from subscribers.tests.factories import make_subscriber


def user_and_channel() -> SimpleNamespace:
    return SimpleNamespace(pk=make_subscriber().pk, channel=make_channel().pk)


ENDPOINTS = [
    Endpoint(
        "GET",
        "events",
        (
            "subscribers.view_subscriber",
            "catalog.view_package",
            "catalog.view_tariff",
            "channels.view_group",
            "channels.view_channel",
        ),
        row=make_subscriber,
    ),
    Endpoint(
        "GET",
        "users/{pk}/explain",
        ("subscribers.view_subscriber",),
        row=user_and_channel,
        query="channel_id={channel}",
    ),
]
