"""A source's guide in the database, replaced as a whole."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection

from channels.guide_schedule import Slot, schedule
from channels.guide_spool import Spool
from channels.joined_gzip import deflated
from channels.m3u import clean_text
from channels.models import GuideChannel, GuidePiece, GuideProgramme, GuideSource
from channels.xmltv import Broadcast
from channels.xmltv_writing import write_programme

PROGRAMMES_AT_ONCE = 50_000
COPY = """
    COPY channels_guideprogramme (guide_channel_id, start, stop, title, description, language) FROM STDIN
"""
TIDY = "DELETE FROM channels_guideprogramme WHERE stop <= %s"


Schedule = tuple[str, list[str], list[Slot]]
"""A channel's id in the feed, the ids of ours that it stands for, and what is on."""


def window(now: datetime) -> tuple[datetime, datetime]:
    """Return from when to when programmes are kept: whole days in UTC, today's included."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=settings.EPG_DAYS_BACK), today + timedelta(days=settings.EPG_DAYS_AHEAD + 1)


def schedules(spool: Spool, mapping: Mapping[str, list[str]], start: datetime, end: datetime) -> Iterator[Schedule]:
    for xmltv_id, tvg_ids in mapping.items():
        slots = schedule(spool.of(xmltv_id), start, end)
        if slots:
            yield xmltv_id, tvg_ids, slots


def replace_guide(
    source: GuideSource,
    names: Mapping[str, tuple[str, ...]],
    in_window: Mapping[str, int],
    schedules: Iterable[Schedule],
) -> int:
    """Write the source's guide anew, in the caller's transaction, and return the number of programmes."""
    GuideProgramme.objects.filter(guide_channel__source=source).delete()
    GuidePiece.objects.filter(guide_channel__source=source).delete()
    GuideChannel.objects.filter(source=source).delete()
    named = GuideChannel.objects.bulk_create(
        (
            GuideChannel(source=source, xmltv_id=key, names=list(shown), programmes_in_feed=in_window.get(key, 0))
            for key, shown in names.items()
        ),
        batch_size=5_000,
    )
    keys = {channel.xmltv_id: channel.pk for channel in named}
    kept = 0
    for batch in _batches(schedules):
        with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            for xmltv_id, _tvg_ids, slots in batch:
                kept += len(slots)
                for slot in slots:
                    copy.write_row((keys[xmltv_id], slot.start, slot.stop, *_columns(slot.broadcast)))
        GuidePiece.objects.bulk_create(
            _piece(keys[xmltv_id], tvg_id, slots) for xmltv_id, tvg_ids, slots in batch for tvg_id in tvg_ids
        )
    return kept


def _batches(schedules: Iterable[Schedule]) -> Iterator[list[Schedule]]:
    """Yield as many at once as fit into memory: a statement for each one would take long."""
    batch: list[Schedule] = []
    size = 0
    for entry in schedules:
        batch.append(entry)
        size += len(entry[2])
        if size >= PROGRAMMES_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _columns(broadcast: Broadcast) -> tuple[str, str, str]:
    language, title = broadcast.titles[0] if broadcast.titles else ("", "")
    return title, broadcast.descriptions[0][1] if broadcast.descriptions else "", language


def _piece(guide_channel: int, tvg_id: str, slots: list[Slot]) -> GuidePiece:
    shown_id = clean_text(tvg_id)
    text = b"".join(write_programme(shown_id, slot.start, slot.stop, slot.broadcast) for slot in slots)
    part = deflated(text)
    return GuidePiece(guide_channel_id=guide_channel, tvg_id=tvg_id, ends_at=slots[-1].stop, **part._asdict())


def tidy(now: datetime) -> None:
    """Forget what is over for longer than programmes are kept."""
    start, _end = window(now)
    with connection.cursor() as cursor:
        cursor.execute(TIDY, [start])
    GuidePiece.objects.filter(ends_at__lte=start).delete()
