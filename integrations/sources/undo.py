"""Taking back an import: the rows of exactly that run get what they had before it."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from channels.import_sql import RESTORE_CHANGED, RESTORE_GONE
from channels.models import Channel, ChannelQuerySet, Group, ImportRun, Source
from channels.sources import LOCK_CHANNELS, apply_delivery, held
from integrations.giving_way import giving_way
from integrations.runs import alone
from integrations.sources.deleting import delete_channels
from integrations.sources.forgetting import is_forgotten
from integrations.sources.importing import LOCK, ImportBusy

State = ImportRun.State


class UndoRefused(Exception):
    """The run cannot be taken back; nothing was changed. The text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Undone:
    """How many channels were deleted again, got their values back, and are listed again."""

    deleted: int
    restored: int
    listed: int


def added_by(run: ImportRun) -> ChannelQuerySet:
    """Return the channels that the run has added and that are still there."""
    return Channel.objects.filter(source=run.source_id, created_at=run.started_at)


def why_not_undone(run: ImportRun) -> str:
    """Return why the run cannot be taken back, or nothing where it can."""
    if run.state != State.DONE:
        return _("Only an import that was carried out can be undone.")
    if ImportRun.objects.written().filter(source=run.source_id, started_at__gt=run.started_at).exists():
        return _("A later import of this source exists: undo that one first.")
    if is_forgotten(run):
        return _("What it changed is not kept any more.")
    return ""


def undo(run: ImportRun) -> Undone:
    """Give the channels of a run what the source had said before it, in one transaction, and delete what it added.

    What staff have changed since stays. The list that was undone is not imported again by itself, until the source
    has another one. Raises UndoRefused, ImportBusy.
    """
    with alone(LOCK, ImportBusy()):
        return giving_way(partial(_undo, run))


def _undo(run: ImportRun) -> Undone:
    with connection.cursor() as cursor:
        held(run.source)
        cursor.execute(LOCK_CHANNELS)
        run.refresh_from_db()
        refusal = why_not_undone(run)
        if refusal:
            raise UndoRefused(refusal)
        deleted = delete_channels(added_by(run))
        params: dict[str, Any] = {"run": run.pk, "now": timezone.now()}
        cursor.execute(RESTORE_CHANGED, params)
        restored = cursor.rowcount
        cursor.execute(RESTORE_GONE, params)
        listed = cursor.rowcount
        apply_delivery(run.source)
        run.save_progress(state=State.UNDONE)
        # What it has made of nothing but its own.
        Group.objects.filter(created_at=run.started_at, channels=None).delete()
        before = ImportRun.objects.filter(source=run.source_id, state=State.DONE).first()
        Source.objects.filter(pk=run.source_id).update(
            imported_at=before.started_at if before else None,
            mapping=before.mapping if before else {},
            total=Channel.objects.filter(source=run.source_id).synced().count(),
        )
    return Undone(deleted, restored, listed)
