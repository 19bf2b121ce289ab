"""XMLTV feeds for tests."""

import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from channels.guide import Programme, programmes_of
from channels.guide_import import Counts, import_guide
from channels.models import Channel, GuideChannel, GuideSource

NOW = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)
TODAY = NOW.replace(hour=0, minute=0)
numbers = count(1)


def make_guide_source(**fields: Any) -> GuideSource:
    number = next(numbers)
    return GuideSource.objects.create(**{"name": f"Guide {number}", "sort_order": number, **fields})


def at(hours: float) -> str:
    """Return the time so many hours after today's beginning, as feeds write it."""
    return (TODAY + timedelta(hours=hours)).strftime("%Y%m%d%H%M%S +0000")


def programme(channel: str, start: float | str, stop: float | str | None = None, title: str = "News") -> str:
    """Return a programme by hours of today, or by times as they are to stand there; ``title`` may have elements."""
    begins = start if isinstance(start, str) else at(start)
    ends = stop if isinstance(stop, str | None) else at(stop)
    until = f' stop="{ends}"' if ends is not None else ""
    inside = title if title.startswith("<") else f"<title>{title}</title>"
    return f'<programme start="{begins}"{until} channel="{channel}">{inside}</programme>'


def channel(xmltv_id: str, *names: str) -> str:
    return f'<channel id="{xmltv_id}">{"".join(f"<display-name>{name}</display-name>" for name in names)}</channel>'


def feed(*elements: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<tv>{"".join(elements)}</tv>\n'.encode()


def day_of(*channels: str, title: str = "News") -> bytes:
    """Return a feed in which each channel has something on every hour of today."""
    shown = [channel(name, f"Name of {name}") for name in channels]
    return feed(*shown, *(programme(name, hour, hour + 1, title) for name in channels for hour in range(24)))


def imported(source: GuideSource, content: bytes, **options: Any) -> Counts:
    return import_guide(source, io.BytesIO(content), **{"now": NOW, **options})


def zipped(content: bytes, name: str = "guide.xml") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("readme.txt", "Look into guide.xml. " * 10_000)
        archive.writestr(name, content)
    return buffer.getvalue()


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "zip": zipped,
    "gzip in zip": lambda content: zipped(gzip.compress(content), "guide.xml.gz"),
}


def name_in_guide(xmltv_id: str, *names: str, source: GuideSource | None = None) -> GuideChannel:
    return GuideChannel.objects.create(
        source=source or make_guide_source(), xmltv_id=xmltv_id, names=list(names), programmes_in_feed=1
    )


def shown(of: Channel, *, start: datetime = TODAY, end: datetime = TODAY + timedelta(days=1)) -> list[Programme]:
    return programmes_of([of.pk], start=start, end=end).get(of.pk, [])


def titles(of: Channel) -> list[str]:
    return [programme.title for programme in shown(of)]
