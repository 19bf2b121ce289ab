"""A small town behind a real server, for clients that other people have written."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from catalog.tests.factories import make_package
from channels.guide_import import import_guide
from channels.m3u import clean_text
from channels.models import Channel
from channels.tests.factories import make_channel, make_group
from channels.tests.feeds import channel as guide_channel
from channels.tests.feeds import feed, make_guide_source, programme
from playlists.xtream import credentials
from subscribers.services import generate_password
from subscribers.tests.factories import make_subscriber

NAMES = (
    *(
        "Plain",
        'The "Best" TV, HD',
        "Кинозал №1",
        "News, World",
        "📺 Эмодзи ⚽",
        "x=y & z",
        "5 USA",
        "Ends with lang=",
        "",
    ),
    *(f"Channel {number}" for number in range(20)),
)
HOURS = 12


@dataclass(frozen=True)
class Town:
    url: str
    username: str
    password: str
    token: str
    channels: list[Channel]

    @property
    def names(self) -> list[str]:
        return [clean_text(channel.display_name or channel.stream_name) for channel in self.channels]

    @property
    def streams(self) -> list[str]:
        """Where the playlists say that the channels play."""
        return [
            f"{channel.stream_base_url}/{channel.stream_name}/video.m3u8?token={self.token}"
            for channel in self.channels
        ]

    @property
    def credentials(self) -> str:
        return f"username={self.username}&password={self.password}"

    @property
    def playlist_url(self) -> str:
        return f"{self.url}/get.php?{self.credentials}&type=m3u_plus&output=m3u8"


@pytest.fixture
def town(live_server: LiveServer, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Town:
    """29 channels with awkward names in two groups and none, most with an archive, two of them in the guide."""
    settings.PUBLIC_URL = live_server.url
    monkeypatch.setattr(credentials, "REFUSAL_SECONDS", 0.0)
    groups = [make_group(name="News & Sport"), make_group(name="Кино"), None]
    channels = [
        make_channel(
            stream_name=f"stream{number}",
            display_name=name,
            tvg_name=name,
            tvg_id=f"epg.{number}",
            group=groups[number % 3],
            catchup_days=number % 4 or None,
            tvg_logo=f"http://logos.example.com/{number}.png",
        )
        for number, name in enumerate(NAMES)
    ]
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    times = [(hour + timedelta(hours=n)).strftime("%Y%m%d%H%M%S +0000") for n in range(-HOURS // 2, HOURS // 2 + 1)]
    shown = [programme(f"epg.{n}", *span, title=f"Новости {n}") for n in (0, 1) for span in pairwise(times)]
    content = feed(*(guide_channel(f"epg.{n}", NAMES[n]) for n in (0, 1)), *shown)
    import_guide(make_guide_source(), io.BytesIO(content), now=datetime.now(UTC))
    subscriber = make_subscriber(packages=[make_package(channels=channels)], username="anna", max_sessions=2)
    password = generate_password(subscriber)
    ordered = [channel for group in groups for channel in channels if channel.group == group]
    return Town(live_server.url, "anna", password, subscriber.token, ordered)
