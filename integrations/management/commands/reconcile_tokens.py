"""manage.py reconcile_tokens."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.timesince import timesince

from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.reconcile import Drift, DriftReport, ReconcileRunning, reconcile
from integrations.http import RemoteError
from integrations.management.exits import BUSY, COMMAND_LINE
from integrations.models import ReconcileRun

ONLY = {"allowed_streams": "only "}  # told is what one side has and the other has not


class Command(BaseCommand):
    help = "Compare the Auth Service's tokens with the subscribers and enqueue what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only report; enqueue nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        try:
            with AuthServiceClient.from_settings() as client:
                report = reconcile(client, dry_run=dry_run, actor=COMMAND_LINE)
        except ReconcileRunning as exc:
            raise CommandError(str(exc), returncode=BUSY) from exc
        except RemoteError as exc:
            last = ReconcileRun.objects.latest_done()
            known = f"last compared {age(last.started_at)} ago" if last else "never compared"
            raise CommandError(f"unknown ({known}): {exc}") from exc
        if options["json"]:
            self.stdout.write(json.dumps(as_json(report), ensure_ascii=False, default=str))
            return
        for drift in report.drift:
            self.stdout.write(line(drift))
        counts = ", ".join(f"{kind} {report.count(kind)}" for kind in ("missing", "extra", "different"))
        self.stdout.write(
            f"compared {report.compared}, drift {len(report.drift)} ({counts}), {report.waiting} waiting for delivery"
        )


def line(drift: Drift) -> str:
    """Write one difference for people, long lists cut short."""
    known = f"right {age(drift.since)} ago" if drift.since else "never delivered by us"
    fields = "; ".join(
        f"{name}: {ONLY.get(name, '')}here {short(here)}, {ONLY.get(name, '')}there {short(there)}"
        for name, (here, there) in drift.fields.items()
    )
    return f"{drift.kind} {drift.subscriber} (id {drift.remote_id or '-'}, {known}){': ' if fields else ''}{fields}"


def short(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(value[:5])}{f', ... {len(value)} in all' if len(value) > 5 else ''}]"
    return str(value)


def age(moment: datetime) -> str:
    return timesince(moment, timezone.now())


def as_json(report: DriftReport) -> dict[str, Any]:
    drift = [{**asdict(item), "age_seconds": seconds_since(item.since)} for item in report.drift]
    return {"state": "known", "compared": report.compared, "waiting": report.waiting, "drift": drift}


def seconds_since(moment: datetime | None) -> int | None:
    return int((timezone.now() - moment).total_seconds()) if moment else None
