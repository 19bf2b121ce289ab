"""What the page of an import shows, in each of its states."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from channels.admin_base import AnyModelAdmin
from channels.admin_mapping_form import MappingForm
from channels.admin_pages import confirm_page
from channels.admin_source_columns import FIELD_WORDS, run_mark
from channels.import_words import fault_in_words
from channels.masking import masked, masked_sample, masked_value
from channels.models import ImportChange, ImportReject, ImportRun, Source
from integrations.sources.asking import CAN_BE_CANCELLED, CAN_BE_READ_AGAIN
from integrations.sources.undo import added_by, why_not_undone
from playlist_project.health import worker_heartbeat_age
from subscribers.cascades import cascade_of_channels
from subscribers.csv.format import written
from subscribers.csv.values import text_cell

NAMES_SHOWN = 200
EXAMPLES = 20
REJECTS_SHOWN = 50
REJECTS_AT_ONCE = 2_000
WORKER_SILENT = 60.0  # seconds
State = ImportRun.State


def run_context(run: ImportRun, form: MappingForm | None = None) -> dict[str, Any]:
    context: dict[str, Any] = {
        "run": run,
        "mark": run_mark(run.state),
        "text": progress_in_words(run),
        "can_be_cancelled": run.state in CAN_BE_CANCELLED,
        "can_be_read_again": run.state in CAN_BE_READ_AGAIN,
    }
    if not run.at_work:
        context |= {"rejects": _rejects(run, REJECTS_SHOWN), "rejects_shown": REJECTS_SHOWN}
    if run.state == State.READY:
        context |= _to_decide(run, form or MappingForm(run))
    if run.state in (State.DONE, State.UNDONE):
        context |= {"names": _names(run), "why_not_undone": why_not_undone(run), "counts": _counts_of(run)}
    return context


def progress_in_words(run: ImportRun) -> str:
    if run.cancel_asked and run.state == State.READING:
        return _("It is being cancelled.")
    if run.state == State.READING:
        words = {"megabytes": f"{run.bytes_read / 1_000_000:.1f}", "entries": run.total}
        if run.bytes_read:
            return _("%(megabytes)s MB have come, %(entries)s entries are read.") % words
        return _("%(entries)s entries are read.") % words
    if run.state == State.IMPORTING:
        return _("%(entries)s channels are compared and written.") % {"entries": run.total}
    age = worker_heartbeat_age(timezone.now())
    if age is None or age > WORKER_SILENT:
        return _("No worker is running: start it, and it goes on.")
    return _("Waiting for the worker.")


def undo_page(model_admin: AnyModelAdmin, request: HttpRequest, run: ImportRun) -> HttpResponse:
    """Ask before an import is taken back, and say what that does."""
    page = reverse("admin:channels_importrun_change", args=[run.pk])
    if refusal := why_not_undone(run):
        messages.warning(request, refusal)
        return redirect(page)
    added = added_by(run)
    cascade = cascade_of_channels(added.order_by().values("pk"))
    counts = [
        _("Channels deleted: %(number)s") % {"number": added.count()},
        _("Packages affected: %(number)s") % {"number": cascade.packages},
        _("Subscribers affected: %(number)s") % {"number": cascade.subscribers},
        _("Channels that get back what they had: %(number)s") % {"number": run.changed + run.returned},
        _("Channels no longer orphaned: %(number)s") % {"number": run.gone},
    ]
    names = [str(channel) for channel in added.only("display_name", "stream_name")[:EXAMPLES]]
    return confirm_page(
        model_admin,
        request,
        title=_("Undo this import of “%(source)s”?") % {"source": run.source},
        text=_("What it added is deleted, what it changed is as before. What staff have changed since stays."),
        lists=[(_("What that touches"), counts), (_("Channels that are deleted, for example"), names)],
        button=_("Undo the import"),
        cancel_url=page,
    )


def rejects_file(run: ImportRun) -> Iterator[bytes]:
    """Yield all rejected entries that are kept, as CSV: line, reason, and the text without logins."""
    yield b"\xef\xbb\xbf" + written([(_("line"), _("reason"), _("text"))])
    chunk: list[tuple[str, ...]] = []
    for reject in run.rejects.iterator(chunk_size=REJECTS_AT_ONCE):
        chunk.append((str(reject.line), fault_in_words(reject.fault), text_cell(_shown_text(reject))))
        if len(chunk) == REJECTS_AT_ONCE:
            yield written(chunk)
            chunk.clear()
    yield written(chunk)


def _rejects(run: ImportRun, most: int) -> list[dict[str, Any]]:
    return [
        {"line": reject.line, "reason": fault_in_words(reject.fault), "text": _shown_text(reject)}
        for reject in run.rejects.all()[:most]
    ]


def _shown_text(reject: ImportReject) -> str:
    return reject.text if reject.fault == "clash" else masked(reject.text)  # which has the name of a stream


def _to_decide(run: ImportRun, form: MappingForm) -> dict[str, Any]:
    plan = run.plan or {}
    return {
        "form": form,
        "attributes": [
            {**found, "sample": masked_sample(found["name"], found["sample"])} for found in run.source.attributes
        ],
        "first": [
            {name: masked_value(name, value) if isinstance(value, str) else value for name, value in row.items()}
            for row in plan.get("first", ())
        ],
        "counts": plan.get("counts", {}),
        "added": plan.get("added", ()),
        "gone": plan.get("gone", ()),
        "changed": [
            {
                "name": change["name"],
                "field": FIELD_WORDS[change["field"]],
                "now": masked_value(change["field"], change["now"] or ""),
                "then": masked_value(change["field"], change["then"] or ""),
            }
            for change in plan.get("changed", ())
        ],
        "refused": plan.get("refused", ""),
        "logins": plan.get("logins") and run.source.delivery == Source.Delivery.DIRECT,
        "outdated": bool(run.source.imported_at and run.source.imported_at > run.started_at),
    }


def _counts_of(run: ImportRun) -> dict[str, int]:
    return {name: getattr(run, name) for name in ("total", "added", "changed", "returned", "gone")}


def _names(run: ImportRun) -> list[dict[str, Any]]:
    """Return the names of what the run touched: kind, heading, how many, and the first of them."""
    added = [str(channel) for channel in added_by(run).only("display_name", "stream_name")[:NAMES_SHOWN]]
    kinds = ImportChange.Kind
    headings = {kinds.CHANGED: _("Changed"), kinds.RETURNED: _("Returned"), kinds.GONE: _("Gone")}
    groups = [("added", _("New"), run.added, added)]
    for kind, heading in headings.items():
        names = list(run.changes.filter(kind=kind).values_list("name", flat=True)[:NAMES_SHOWN])
        groups.append((str(kind), heading, getattr(run, kind), names))
    return [
        {"kind": kind, "heading": heading, "count": count, "names": names, "more": max(count - len(names), 0)}
        for kind, heading, count, names in groups
        if names
    ]
