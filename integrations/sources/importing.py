"""Imports of lists: fetched or uploaded, looked at by staff or not, on record however they end."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import IO, Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from channels import kept_files, m3u
from channels.feed_files import BadFile, Unpacked
from channels.import_mapping import DEFAULT_MAPPING, Attributes
from channels.import_words import broken_in_words, not_a_list_in_words
from channels.importing import Counts, ImportRefused, NothingUsable, Staged, TooMuchGone, apply, plan, staged
from channels.models import ImportPart, ImportReject, ImportRun, Source
from channels.sources import held
from integrations.deadlines import Deadline
from integrations.downloads import Validators, download
from integrations.remote_errors import RemoteError
from integrations.runs import alone

logger = structlog.get_logger(__name__)

LOCK = 0x6D_33_75_69  # "m3ui"
SECONDS_BETWEEN_REPORTS = 0.5
HOURS_TO_RETRY = 1
MEGABYTE = 1024 * 1024
State = ImportRun.State


class ImportBusy(Exception):
    """A list is being imported already; wait for that to end."""


class Cancelled(Exception):
    """Staff have cancelled the import; nothing was written."""


class Interrupted(Exception):
    """The worker is told to end; the import begins again with the next one."""


def import_list(
    run: ImportRun, *, file: IO[bytes] | None = None, url: str = "", stop: Callable[[], bool] = lambda: False
) -> None:
    """Import the list of a run that is saved: the one it keeps, the given file, or what is at the source's address.

    ``url`` takes the place of that address, and is kept as such once its list is imported.

    How it ended is on the run and not raised. With ``only_look`` it ends READY, with a plan, and nothing is written.
    What is known already is not imported, unless the run is ``forced`` or has a mapping of its own. Raises ImportBusy.
    """
    with alone(LOCK, ImportBusy()):
        _begin_anew()
        _import_on_record(run, file, stop, url)


def work_on_sources(
    *,
    now: datetime,
    stop: Callable[[], bool],
    made_by: Callable[[ImportRun], AbstractContextManager[Any]] = lambda run: nullcontext(),
) -> None:
    """Do what staff have asked for, and then what is due. Raises ImportBusy."""
    with alone(LOCK, ImportBusy()):
        _begin_anew()
        for run in ImportRun.objects.waiting().select_related("source").order_by("pk"):
            if stop():
                return
            _work_on(run, stop, made_by)
        for source in Source.objects.due(now):
            if stop():
                return
            _work_on(ImportRun.objects.create(source=source), stop, made_by)


def keep_list(run: ImportRun, file: IO[bytes]) -> None:
    """Keep the list with its run, for the worker."""
    run.parts.all().delete()
    for number, content in enumerate(kept_files.parts_of(file)):
        ImportPart.objects.create(run=run, number=number, content=content)


def _work_on(
    run: ImportRun, stop: Callable[[], bool], made_by: Callable[[ImportRun], AbstractContextManager[Any]]
) -> None:
    try:
        with made_by(run):
            _import_on_record(run, None, stop)
    except Exception:  # the loop of a worker: the next list may be a better one
        logger.exception("import_failed", source=run.source_id, run=run.pk)


class _Watch:
    """Puts on record how far a run is, and ends it where the worker or staff want that."""

    def __init__(self, run: ImportRun, stop: Callable[[], bool]) -> None:
        self._run = run
        self._stop = stop
        self._next = time.monotonic() + SECONDS_BETWEEN_REPORTS

    def __call__(self, **values: Any) -> None:
        if self._stop():
            raise Interrupted
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + SECONDS_BETWEEN_REPORTS
        if ImportRun.objects.filter(pk=self._run.pk, cancel_asked=True).exists():
            raise Cancelled
        self._run.save_progress(**values)


def _begin_anew() -> None:
    """Nobody else is at work, as we hold the lock: what says that it is was killed. Its list is still there."""
    ImportRun.objects.filter(state__in=(State.READING, State.IMPORTING)).update(
        state=State.FAILED, error=_("The process ended before it did."), finished_at=timezone.now()
    )


def _import_on_record(run: ImportRun, file: IO[bytes] | None, stop: Callable[[], bool], url: str = "") -> None:
    begun = {"state": State.READING, "started_at": timezone.now(), "error": "", "plan": None}
    if not ImportRun.objects.filter(pk=run.pk, state=State.WAITING).update(**begun):
        return  # staff have given it up meanwhile
    run.refresh_from_db(from_queryset=ImportRun.objects.select_related("source"))
    if url and url != run.source.url:
        # What is known of a version is known of the address before.
        run.source.url, run.source.etag, run.source.last_modified, run.source.content_hash = url, "", "", ""
    try:
        with tempfile.TemporaryFile() as spool:
            _import(run, file or spool, given=file is not None, watch=_Watch(run, stop), url=url)
    except Interrupted:
        run.save_progress(state=State.WAITING)
    except Cancelled:
        _end(run, State.CANCELLED)
    except TooMuchGone as exc:
        _end(run, State.REFUSED, str(exc))
    except NothingUsable as exc:
        _keep_rejects(run, exc.found)
        _end(run, State.FAILED, str(exc))
    except (ImportRefused, RemoteError) as exc:
        _end(run, State.FAILED, str(exc))
    except m3u.NotAList as exc:
        _end(run, State.FAILED, not_a_list_in_words(exc.what))
    except BadFile as exc:
        _end(run, State.FAILED, broken_in_words(exc.reason))
    finally:
        if run.state in (State.READING, State.IMPORTING) and not connection.needs_rollback:
            _end(run, State.FAILED, _("It was interrupted."))


def _import(run: ImportRun, file: IO[bytes], *, given: bool, watch: _Watch, url: str) -> None:
    source = run.source
    fetched = False
    if not given:
        if run.parts.exists():
            kept_files.unload(run.parts.all(), file)
        elif run.was_given:
            raise ImportRefused(_("This list is not kept any more: paste it or upload it once more."))
        elif source.url:
            fetched, version = True, _download(run, file, watch)
            if not version or (version["content_hash"] == source.content_hash and not _is_read_anyway(run)):
                _settle(source, run, version)
                return
            run.save_progress(**version)
        else:
            raise ImportRefused(_("There is no list yet: paste it, upload a file, or give the source an address."))
    file.seek(0)
    stream = Unpacked(file, most_bytes=settings.M3U_MAX_MEGABYTES * MEGABYTE)
    mapping = run.mapping if run.mapping is not None else source.mapping or DEFAULT_MAPPING
    attributes = Attributes()
    entries: Iterator[Any] = m3u.read(m3u.lines_of(stream))  # type: ignore[arg-type]  # it only reads
    if run.only_look:
        entries = _looked_at(entries, attributes)
    with staged(source, entries, mapping, report=lambda done: watch(total=done)) as found:
        _keep_rejects(run, found)
        if run.only_look:
            _leave_for_staff(run, file, plan(source, found), attributes, keep=fetched)
            return
        _go_on(run, state=State.IMPORTING)
        with transaction.atomic():
            counts = apply(source, found, run)
            _remember(source, run, counts, mapping, url)
    undecided = (State.READY, State.WAITING)
    ImportPart.objects.filter(run__source=source).exclude(run=run).exclude(run__state__in=undecided).delete()
    if source.url:
        run.parts.all().delete()
    elif given:
        keep_list(run, file)  # to be imported with another mapping


def _download(run: ImportRun, file: IO[bytes], watch: _Watch) -> dict[str, Any]:
    """Fetch the list, and return what its run is to say of that version; nothing where the server has no other."""
    source = run.source
    downloaded = download(
        source.url,
        file,
        known=Validators() if _is_read_anyway(run) else Validators(source.etag, source.last_modified),
        most_bytes=settings.M3U_MAX_MEGABYTES * MEGABYTE,
        timeout=settings.M3U_TIMEOUT,
        deadline=Deadline.after(settings.M3U_DEADLINE),
        progress=lambda size: watch(bytes_read=size),
    )
    if downloaded is None:
        return {}
    return {
        "bytes_read": downloaded.size,
        "content_hash": downloaded.content_hash,
        "etag": downloaded.validators.etag,
        "last_modified": downloaded.validators.last_modified,
        "file_name": downloaded.file_name,
    }


def _is_read_anyway(run: ImportRun) -> bool:
    """Tell whether a list that was imported already is to be read once more."""
    return run.forced or run.only_look or run.mapping is not None or run.source.imported_at is None


def _looked_at(entries: Iterator[Any], attributes: Attributes) -> Iterator[Any]:
    for entry in entries:
        if isinstance(entry, m3u.ListEntry):
            attributes.see(entry)
        yield entry


def _keep_rejects(run: ImportRun, found: Staged) -> None:
    run.rejects.all().delete()
    ImportReject.objects.bulk_create(
        (ImportReject(run=run, line=line, fault=fault, text=text) for line, fault, text in found.rejects),
        batch_size=5_000,
    )
    run.save_progress(rejected=found.rejected, total=found.total)


def _leave_for_staff(
    run: ImportRun, file: IO[bytes], planned: dict[str, Any], attributes: Attributes, *, keep: bool
) -> None:
    with transaction.atomic():
        if keep:
            keep_list(run, file)
        Source.objects.filter(pk=run.source_id).update(attributes=attributes.found())
        _go_on(run, state=State.READY, plan=planned, finished_at=timezone.now())


def _go_on(run: ImportRun, **values: Any) -> None:
    """Write these columns; raise Cancelled where staff have asked for that meanwhile."""
    if not ImportRun.objects.filter(pk=run.pk, cancel_asked=False).update(**values):
        raise Cancelled
    for name, value in values.items():
        setattr(run, name, value)


def _remember(source: Source, run: ImportRun, counts: Counts, mapping: dict[str, str], url: str) -> None:
    """Put on record what was done, in its transaction."""
    now = timezone.now()
    source_now = held(source)
    source_now.mapping = mapping
    source_now.total = counts.total
    source_now.imported_at = source_now.uploaded_at = run.started_at
    source_now.next_at = now + timedelta(hours=source_now.refresh_hours)
    names = ["mapping", "total", "imported_at", "uploaded_at", "next_at", "updated_at"]
    if url:
        source_now.url = url
        names.append("url")
    if run.content_hash and source_now.url == source.url:
        source_now.content_hash, source_now.etag = run.content_hash, run.etag
        source_now.last_modified = run.last_modified
        names += ["content_hash", "etag", "last_modified"]
    source_now.save(update_fields=names)
    source.refresh_from_db()
    run.save_progress(**asdict(counts), mapping=mapping, state=State.DONE, plan=None, finished_at=now)


def _settle(source: Source, run: ImportRun, version: dict[str, Any]) -> None:
    now = timezone.now()
    values: dict[str, Any] = {"next_at": now + timedelta(hours=source.refresh_hours)}
    if version.get("etag") or version.get("last_modified"):  # the same list under another version
        values |= {"etag": version["etag"], "last_modified": version["last_modified"]}
    Source.objects.filter(pk=source.pk, url=source.url).update(**values)
    run.save_progress(**version, state=State.UNCHANGED, total=source.total, finished_at=now)


def _end(run: ImportRun, state: State, error: str = "") -> None:
    now = timezone.now()
    source = run.source
    if source.imported_at:
        hours = min(HOURS_TO_RETRY, source.refresh_hours)
        Source.objects.filter(pk=source.pk).update(next_at=now + timedelta(hours=hours))
    run.save_progress(state=state, error=error, finished_at=now)
