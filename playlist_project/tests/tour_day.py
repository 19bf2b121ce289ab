"""A day of the demo's operator, for the pictures of the tour: what was watched, refused, and is on."""

import io
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from channels.guide_import import import_guide
from channels.models import Channel, GuideRun, GuideSource, ImportRun
from channels.tests.lists import entry, list_of, make_list_source
from integrations.flussonic.reasons import Reason
from integrations.models import AuthDecision
from integrations.sources.importing import import_list
from subscribers import activity
from subscribers.activity_models import Activity
from subscribers.models import Subscriber

PLAYERS = ("TiviMate/4.7.0 (Android TV)", "VLC/3.0.18 LibVLC/3.0.18", "Kodi/20.0 (X11; Linux x86_64)")
REFUSALS = (Reason.NOT_GRANTED, Reason.UNKNOWN_TOKEN, Reason.NOT_GRANTED, Reason.ALLOWED)
TITLES = ("Morning news", "The harbour", "Weather", "A journey north", "Evening film")


def happens() -> None:
    """Let it be a day like others, up to now."""
    now = timezone.now()
    channels = list(Channel.objects.synced().order_by("sort_order")[:12])
    live = Subscriber.objects.get(agreement_number="DEMO-1")
    _watched(live, channels, now)
    for number, reason in reversed([*enumerate(REFUSALS)]):
        AuthDecision.objects.create(
            at=now - timedelta(minutes=7 * number),
            subscriber=None if reason is Reason.UNKNOWN_TOKEN else live,
            stream_name=channels[number].stream_name,
            reason=reason,
            request_type="new_session",
            protocol="hls",
            address=f"203.0.113.{number}",
            session_id=str(number),
        )
    _guide(channels, now)
    _list()


def _list() -> None:
    """A partner's list waits for a look."""
    names = ("Alpine TV", "Coast Radio", "City Sport HD", "Old Films", "Kitchen", "Science Hour")
    entries = (
        entry(
            number,
            f"{name} {number}",
            url=f"http://tv.partner.example.com/{number}/index.m3u8",
            tvg_id=f"{name.split()[0].lower()}{number}.partner",
            tvg_name=f"{name} {number}",
            group_title=name,
        )
        for number in range(120)
        for name in [names[number % len(names)]]
    )
    run = ImportRun.objects.create(source=make_list_source(name="Partner"), only_look=True, actor="olga")
    import_list(run, file=io.BytesIO(list_of(*entries, "#EXTINF:-1,Video on demand\nplugin://video/1\n")))


def _watched(live: Subscriber, channels: list[Channel], now: datetime) -> None:
    for day in range(14):
        for number, channel in enumerate(channels[: 12 - day % 5]):
            activity.record(
                Activity.Kind.SESSION,
                live.pk,
                channel_id=channel.pk,
                address=f"203.0.113.{number}",
                user_agent=PLAYERS[number % 3],
                protocol="hls",
                session_id=f"{day}-{number}",
                bytes_so_far=(14 - number) * 900_000_000,
                at=now - timedelta(days=day, minutes=5 * number),
            )
    activity.flush()


def _guide(channels: list[Channel], now: datetime) -> None:
    source = GuideSource.objects.create(name="Town guide", url="https://epg.example.com/guide.xml.gz")
    begin = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    text = "".join(
        f'<programme channel="{channel.tvg_id}" start="{begin + timedelta(hours=hour):%Y%m%d%H%M%S} +0000">'
        f"<title>{TITLES[hour % 5]}</title></programme>"
        for channel in channels
        if channel.tvg_id
        for hour in range(-6, 24)
    )
    names = "".join(
        f'<channel id="{name}.tv"><display-name>{name}</display-name></channel>'
        for name in Channel.objects.filter(tvg_id=None).values_list("display_name", flat=True)[:3]
    )
    counts = import_guide(source, io.BytesIO(f"<tv>{names}{text}</tv>".encode()), now=now)
    GuideRun.objects.create(
        source=source,
        state=GuideRun.State.DONE,
        finished_at=now,
        channels_named=counts.channels_named,
        channels_ours=counts.channels_ours,
        programmes_kept=counts.programmes_kept,
    )
