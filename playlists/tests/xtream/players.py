"""Subscribers with a password, and the addresses under which their players ask, for tests."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from channels.guide_models import GuideChannel, GuidePiece, GuideProgramme, GuideSource
from channels.joined_gzip import deflated
from channels.models import Channel
from subscribers.models import Subscriber
from subscribers.passwords import digest_of_generated, digest_of_typed
from subscribers.tests.factories import make_subscriber

PASSWORD = "s3cr3t-QeHUZDtsuc56bX69kLWk9Q"
TYPED = "correct-horse-9"


def make_player(*, typed: bool = False, **fields: Any) -> Subscriber:
    """Return a subscriber called anna, whose password is ``PASSWORD``, or ``TYPED``."""
    digest = digest_of_typed(TYPED) if typed else digest_of_generated(PASSWORD)
    return make_subscriber(**{"username": "anna", "password_digest": digest, **fields})


def ask(script: str = "player_api.php", *, username: str = "anna", password: str = PASSWORD, **asked: Any) -> Any:
    """Return the answer to a GET request."""
    address = asked.pop("address", "192.0.2.7")
    query = urlencode({"username": username, "password": password, **asked})
    return Client(REMOTE_ADDR=address).get(f"/{script}?{query}")


def asked_for(action: str, **asked: Any) -> Any:
    """Return the JSON that ``player_api.php`` answers."""
    return ask(action=action, **asked).json()


def open_stream(path: str, **headers: str) -> Any:
    return Client(headers=headers).get(path)


def make_programme(channel: Channel, start: datetime, stop: datetime, title: str = "News") -> None:
    source, _ = GuideSource.objects.get_or_create(name="Guide")
    guide_channel, _ = GuideChannel.objects.get_or_create(source=source, xmltv_id=channel.tvg_id or "")
    piece = {**deflated(b"")._asdict(), "ends_at": stop}
    GuidePiece.objects.get_or_create(guide_channel=guide_channel, tvg_id=channel.tvg_id, defaults=piece)
    GuideProgramme.objects.create(guide_channel=guide_channel, start=start, stop=stop, title=title, language="ru")
