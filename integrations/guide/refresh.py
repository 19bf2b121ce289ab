"""Refreshes of the guide: fetched or uploaded, imported, on record however they end."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Any

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from channels.catalogue import catalogue_version
from channels.guide_feeds import keep_feed, make_current, unload
from channels.guide_import import Counts, GuideRefused, Interrupted, import_guide
from channels.guide_mapping import has_gaps
from channels.models import GuideFeed, GuideRun, GuideSource
from integrations.deadlines import Deadline
from integrations.downloads import Downloaded, Validators, download
from integrations.remote_errors import RemoteError
from integrations.runs import alone

logger = structlog.get_logger(__name__)

LOCK = 0x67_75_69_64  # "guid"
SECONDS_BETWEEN_REPORTS = 1.0
HOURS_TO_RETRY = 1
State = GuideRun.State


class GuideBusy(Exception):
    """The guide is being refreshed already; wait for that to end."""


@dataclass(frozen=True, slots=True)
class _Obtained:
    """Where the feed in the file came from: it was downloaded now, or is kept already."""

    downloaded: Downloaded | None = None
    kept: GuideFeed | None = None


def refresh(
    source: GuideSource,
    *,
    actor: str = "",
    forced: bool = False,
    fetch: bool = True,
    run: GuideRun | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> GuideRun:
    """Bring a source's guide up to date, and return the record of that; a failure is on it and not raised.

    An upload that waits comes first. What has not changed is not imported, unless ``forced``, the days that are kept
    have moved on, or channels of ours want programmes of it that were not kept; without ``fetch``, the kept copy is
    asked alone. ``stop`` lets it end early: then it waits to be done again. Raises GuideBusy, and
    GuideSource.DoesNotExist where the source was deleted meanwhile.
    """
    with alone(LOCK, GuideBusy()):
        _begin_anew()
        source.refresh_from_db()  # it may have waited for others for long
        # Whatever becomes of this, even when the process is killed by it: others have their turn first.
        _remember(source, next_at=timezone.now() + timedelta(hours=min(HOURS_TO_RETRY, source.refresh_hours)))
        run = run or GuideRun(source=source, actor=actor, forced=forced)
        run.state = State.FETCHING
        run.started_at = timezone.now()
        run.save()
        try:
            _refresh(source, run, _Watch(run, stop), fetch=fetch)
        except Interrupted:
            run.save_progress(state=State.WAITING)
        except (GuideRefused, RemoteError) as exc:
            _failed(run, str(exc))
        finally:
            if run.at_work and run.state != State.WAITING:
                _failed(run, _("It was interrupted."))
    return run


def work_on_guide(*, now: datetime, stop: Callable[[], bool]) -> None:
    """Do what staff have asked for, what is due, and what changes to our channels have made necessary.

    Where one source fails in whatever way, the others are refreshed all the same. Raises GuideBusy.
    """
    with alone(LOCK, GuideBusy()):
        _begin_anew()
    for run in GuideRun.objects.waiting().select_related("source").order_by("pk"):
        if stop():
            return
        _attempt(run.source, run=run, stop=stop)
    for source in GuideSource.objects.due(now):
        if stop():
            return
        _attempt(source, stop=stop)
    version = catalogue_version()
    for source in GuideSource.objects.active().exclude(catalogue_version=version).exclude(imported_for=None):
        if stop():
            return
        if has_gaps(source):
            _attempt(source, fetch=False, stop=stop)
            if stop():
                return
        # Also where that has failed: it would fail every minute.
        GuideSource.objects.filter(pk=source.pk).update(catalogue_version=version)


def _attempt(source: GuideSource, **options: Any) -> None:
    try:
        refresh(source, **options)
    except GuideBusy:
        raise
    except GuideSource.DoesNotExist:
        return
    except Exception:  # the loop of a worker: the next source may be a better one
        logger.exception("guide_refresh_failed", source=source.pk)


def forget_old_runs(*, now: datetime) -> None:
    """Forget the records of refreshes that are older than SYNC_RUNS_KEEP_DAYS."""
    GuideRun.objects.started_before(now - timedelta(days=settings.SYNC_RUNS_KEEP_DAYS)).delete()


class _Watch:
    """Puts on record how far a run is, once a second, and ends it where that is wanted."""

    def __init__(self, run: GuideRun, stop: Callable[[], bool]) -> None:
        self._run = run
        self._stop = stop
        self._next = 0.0

    def __call__(self, **values: Any) -> None:
        if self._stop():
            raise Interrupted
        now = time.monotonic()
        if now >= self._next:
            self._run.save_progress(**values)
            self._next = now + SECONDS_BETWEEN_REPORTS


def _begin_anew() -> None:
    """Nobody else is at work, as we hold the lock: what says that it is running was killed."""
    GuideRun.objects.filter(state__in=(State.FETCHING, State.IMPORTING)).update(
        state=State.FAILED, error=_("The process ended before it did."), finished_at=timezone.now()
    )


def _refresh(source: GuideSource, run: GuideRun, watch: _Watch, *, fetch: bool) -> None:
    now = timezone.now()
    with tempfile.TemporaryFile() as file:
        obtained = _obtain(source, run, file, watch, now, fetch=fetch)
        if obtained is None:
            _settle(source, now)
            run.save_progress(state=State.UNCHANGED, finished_at=timezone.now())
            return
        run.save_progress(state=State.IMPORTING)

        def with_it() -> None:
            _keep(source, file, obtained, now)

        def report(counts: Counts) -> None:
            watch(**asdict(counts))

        try:
            counts = import_guide(source, file, now=now, forced=run.forced, report=report, with_it=with_it)
        except GuideRefused:
            if obtained.kept and not obtained.kept.is_current:
                obtained.kept.delete()
            raise
    run.save_progress(**asdict(counts), state=State.DONE, finished_at=timezone.now())


def _obtain(
    source: GuideSource, run: GuideRun, file: IO[bytes], watch: _Watch, now: datetime, *, fetch: bool
) -> _Obtained | None:
    """Get the feed into the file; None where there is nothing to import."""
    uploaded = source.feeds.filter(is_current=False).last()
    if uploaded is not None:
        unload(uploaded, file)
        return _Obtained(kept=uploaded)
    current = source.feeds.filter(is_current=True).last()
    if source.url and fetch:
        downloaded = _download(source, file, watch, ask_anew=run.forced or current is None)
        if downloaded and (run.forced or current is None or downloaded.content_hash != source.content_hash):
            file.seek(0)
            return _Obtained(downloaded=downloaded)
        if downloaded:
            _remember(source, **asdict(downloaded.validators))
        file.seek(0)
        file.truncate()
    if current is None:
        raise GuideRefused(_("There is no feed yet: give the source an address, or upload a file."))
    if not (run.forced or source.imported_for != now.astimezone(UTC).date() or _has_new_gaps(source)):
        return None
    unload(current, file)
    return _Obtained(kept=current)


def _download(source: GuideSource, file: IO[bytes], watch: _Watch, *, ask_anew: bool) -> Downloaded | None:
    return download(
        source.url,
        file,
        known=Validators() if ask_anew else Validators(source.etag, source.last_modified),
        most_bytes=settings.EPG_MAX_DOWNLOAD_MEGABYTES * 1024 * 1024,
        timeout=settings.EPG_TIMEOUT,
        deadline=Deadline.after(settings.EPG_DEADLINE),
        progress=lambda size: watch(bytes_read=size),
    )


def _has_new_gaps(source: GuideSource) -> bool:
    return source.catalogue_version != catalogue_version() and has_gaps(source)


def _keep(source: GuideSource, file: IO[bytes], obtained: _Obtained, now: datetime) -> None:
    """Remember, in the transaction of the import, of what the guide was made."""
    next_at = now + timedelta(hours=source.refresh_hours)
    downloaded = obtained.downloaded
    if downloaded:
        keep_feed(source, file, file_name=downloaded.file_name, current=True)
        _remember(source, next_at=next_at, content_hash=downloaded.content_hash, **asdict(downloaded.validators))
    elif obtained.kept and not obtained.kept.is_current:
        make_current(obtained.kept)
        # What the server has is another feed by now.
        _remember(source, next_at=next_at, content_hash="", **asdict(Validators()))
    else:
        _remember(source, next_at=next_at)


def _settle(source: GuideSource, now: datetime) -> None:
    source.succeeded_at = now
    source.save(update_fields=["succeeded_at"])
    _remember(source, next_at=now + timedelta(hours=source.refresh_hours))


def _remember(source: GuideSource, **values: Any) -> None:
    """Keep what is known of the address, unless staff have changed that: of the new one nothing is known."""
    GuideSource.objects.filter(pk=source.pk, url=source.url).update(**values)


def _failed(run: GuideRun, error: str) -> None:
    run.save_progress(state=State.FAILED, error=error, finished_at=timezone.now())
