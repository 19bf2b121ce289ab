"""Viewers, and what Flussonic asks about them, for tests."""

from typing import Any
from urllib.parse import urlencode

from django.test import Client

from channels.models import Channel
from channels.tests.factories import make_channel
from integrations.decisions import answers
from integrations.models import AuthDecision
from subscribers.models import Subscriber
from subscribers.tests.factories import make_subscriber

SECRET = "a-secret-of-24-letters--"


def ask(token: str | None, name: str = "news", *, secret: str = f"/{SECRET}", **asked: str) -> Any:
    query = {"name": name, "proto": "hls", "ip": "203.0.113.7", "request_type": "new_session", "session_id": "s-1"}
    query |= asked if token is None else {"token": token, **asked}
    return Client().get(f"/flussonic/auth{secret}?{urlencode(query)}")


def viewer(**fields: Any) -> Subscriber:
    channel = Channel.objects.filter(stream_name="news").first() or make_channel(stream_name="news")
    return make_subscriber(**{"channels": [channel], **fields})


def kept() -> list[str]:
    answers.flush()
    return list(AuthDecision.objects.order_by("pk").values_list("reason", flat=True))
