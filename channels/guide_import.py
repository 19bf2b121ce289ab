"""A feed into the guide: read as a stream, kept for the channels that are ours, swapped in one transaction.

Readers see the guide of before until the transaction commits, and the new one then. Whatever is wrong with a feed shows
before anything is written.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from channels.catalogue import catalogue_version
from channels.feed_files import BadFile, Unpacked
from channels.guide_mapping import common_form, mapping_of, wanted_ids
from channels.guide_schedule import near
from channels.guide_spool import Spool
from channels.guide_swap import Schedule, replace_guide, schedules, window
from channels.guide_words import said
from channels.models import GuidePiece, GuideSource
from channels.xmltv import Broadcast, GuideName, NotXmltv, preferred, read

MOST_CHANNELS = 200_000
EVENTS_BETWEEN_REPORTS = 2_000
SHORTEST = timedelta(minutes=1)
"""So long are programmes at least, taken together: more of a channel than the days have room for are no guide."""
FEW = 5
"""So many channels may lose their programmes at once whatever share of all that is."""


class GuideRefused(Exception):
    """The feed cannot replace what there is, and nothing was written; the text is a sentence for people."""


class Interrupted(Exception):
    """Whoever watches the import wanted it to stop; nothing was written."""


@dataclass(frozen=True, slots=True)
class Counts:
    bytes_read: int = 0
    channels_named: int = 0
    channels_ours: int = 0
    programmes_read: int = 0
    programmes_kept: int = 0
    skipped: int = 0


Report = Callable[[Counts], None]
"""Is told how far it is; may raise `Interrupted`."""


@dataclass(slots=True)
class _Feed:
    """What is known of a feed once it has been read."""

    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    in_window: dict[str, int] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)


def import_guide(
    source: GuideSource,
    file: Any,
    *,
    now: datetime,
    forced: bool = False,
    report: Report = lambda counts: None,
    with_it: Callable[[], None] = lambda: None,
) -> Counts:
    """Replace a source's guide by what the file holds; ``with_it`` is done in the same transaction.

    ``forced`` lets many channels lose their programmes. Raises GuideRefused with what is wrong with the feed, and what
    ``report`` raises.
    """
    # Before the channels are read: whatever is committed later makes another version.
    version = catalogue_version()
    wanted = wanted_ids()
    start, end = window(now)
    with Spool(most=(end - start) // SHORTEST) as spool:
        feed = _read(file, spool, wanted, start, end, report)
        if not any(feed.in_window.values()):
            raise GuideRefused(said("empty" if not feed.counts.programmes_read else "outdated"))
        mapping = mapping_of(feed.in_window, spool, wanted)
        if not forced:
            _refuse_loss(source, mapping, wanted)
        ours = schedules(spool, mapping, start, end)
        with transaction.atomic():
            if not GuideSource.objects.select_for_update().filter(pk=source.pk):
                raise Interrupted  # it was deleted meanwhile
            kept = replace_guide(source, feed.names, feed.in_window, _watched(ours, report, feed.counts))
            source.catalogue_version = version
            source.imported_for = now.astimezone(UTC).date()
            source.succeeded_at = now
            source.save(update_fields=["catalogue_version", "imported_for", "succeeded_at", "updated_at"])
            with_it()
    return replace(feed.counts, channels_ours=len(mapping), programmes_kept=kept)


def _read(
    file: Any, spool: Spool, wanted: Mapping[str, list[str]], start: datetime, end: datetime, report: Report
) -> _Feed:
    feed = _Feed()
    read_events = skipped = stored = programmes = 0
    languages = [language.lower() for language in settings.EPG_LANGUAGES]
    try:
        stream = Unpacked(file, most_bytes=settings.EPG_MAX_MEGABYTES * 1024 * 1024)

        def ours(xmltv_id: str) -> bool:
            return common_form(xmltv_id) in wanted

        for event in read(stream, wanted=ours):  # type: ignore[arg-type]  # all that it needs of a file is read
            read_events += 1
            if isinstance(event, GuideName):
                if event.xmltv_id:
                    feed.names[event.xmltv_id] = event.names or feed.names.get(event.xmltv_id, ())
                continue
            programmes += 1
            if event.start is None or not event.channel:
                skipped += 1
            elif near(event, start, end):
                feed.names.setdefault(event.channel, ())
                # As good as what is kept: it says whether there is anything to keep.
                feed.in_window[event.channel] = feed.in_window.get(event.channel, 0) + (start <= event.start < end)
                if ours(event.channel):
                    taken = spool.add(_in_one_language(event, languages))
                    stored += taken
                    skipped += not taken
            if len(feed.names) > MOST_CHANNELS:
                raise GuideRefused(said("too_many_channels"))
            if read_events % EVENTS_BETWEEN_REPORTS == 0:
                report(Counts(stream.bytes_read, len(feed.names), 0, programmes, stored, skipped))
    except (NotXmltv, BadFile) as exc:
        raise GuideRefused(said(exc.reason)) from exc
    feed.counts = Counts(stream.bytes_read, len(feed.names), 0, programmes, 0, skipped)
    report(feed.counts)
    return feed


def _in_one_language(broadcast: Broadcast, languages: list[str]) -> Broadcast:
    """Keep of each text the one that is shown; the description in the title's language where there is one."""
    title = preferred(broadcast.titles, languages)
    inside = [title[0], *languages] if title[0] else languages

    def one(texts: Any) -> Any:
        return (preferred(texts, inside),) if texts else ()

    in_this = tuple(text for text in broadcast.categories if text[0] == title[0])
    return broadcast._replace(
        titles=(title,) if title[1] else (),
        sub_titles=one(broadcast.sub_titles),
        descriptions=one(broadcast.descriptions),
        categories=in_this or broadcast.categories[:1],
    )


def _watched(ours: Iterator[Schedule], report: Report, counts: Counts) -> Iterator[Schedule]:
    """Let whoever watches stop the writing, too."""
    for entry in ours:
        report(counts)
        yield entry


def _refuse_loss(source: GuideSource, mapping: Mapping[str, list[str]], wanted: Mapping[str, list[str]]) -> None:
    """Refuse a feed by which many of our channels would lose the programmes that they have."""
    there = set(GuidePiece.objects.filter(guide_channel__source=source).values_list("tvg_id", flat=True))
    there &= {tvg_id for spellings in wanted.values() for tvg_id in spellings}
    lost = there.difference(*mapping.values())
    if lost and (len(lost) == len(there) or len(lost) > FEW) and len(lost) * 2 > len(there):
        text = _(
            "The feed has no programmes for %(lost)s of the %(there)s channels that it had some for. Look at the feed, "
            "or import it all the same."
        )
        raise GuideRefused(text % {"lost": len(lost), "there": len(there)})
