"""manage.py sync_channels."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.flussonic.client import FlussonicClient
from integrations.flussonic.sync import SyncPlan, SyncRunning, TooManyOrphans, plan_sync, sync_channels
from integrations.http import NotConfigured, RemoteError
from integrations.management.exits import BUSY, COMMAND_LINE
from playlist_project.history import made_by


class Command(BaseCommand):
    help = "Bring the channels in line with the Flussonic server."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would change, by name; change nothing")
        parser.add_argument("--force", action="store_true", help="also when most channels would be orphaned")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, dry_run: bool, force: bool, **options: Any) -> None:
        try:
            with FlussonicClient.from_settings() as client, made_by(COMMAND_LINE, way="command"):
                if dry_run:
                    self.print_plan(plan_sync(client, progress=self.progress), as_json=options["json"])
                    return
                result = sync_channels(client, force=force, actor=COMMAND_LINE, progress=self.progress)
        except SyncRunning as exc:
            raise CommandError(str(exc), returncode=BUSY) from exc
        except TooManyOrphans as exc:
            self.print_plan(exc.plan, as_json=options["json"])
            raise CommandError(f"{exc} Run it with --force if Flussonic is right.") from exc
        except (RemoteError, NotConfigured) as exc:
            raise CommandError(str(exc)) from exc
        if options["json"]:
            self.print_json(asdict(result))
            return
        self.stdout.write(
            f"total {result.total}, new {result.new}, updated {result.updated}, "
            f"orphaned {result.orphaned}, returned {result.returned}"
        )
        for name, reason in result.skipped:
            self.stderr.write(f"skipped {name}: {reason}")

    def progress(self, read: int, expected: int | None) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{read} of about {expected or '?'} streams", ending="")

    def print_plan(self, plan: SyncPlan, *, as_json: bool) -> None:
        if as_json:
            self.print_json(asdict(plan))
            return
        for word, names in (("add", plan.new), ("orphan", plan.orphaned), ("return", plan.returned)):
            for name in names:
                self.stdout.write(f"{word} {name}")
        for name, columns in plan.changed.items():
            for column, (now, then) in columns.items():
                self.stdout.write(f"change {name}: {column} {now!r} -> {then!r}")
        for name, reason in plan.skipped:
            self.stdout.write(f"skip {name}: {reason}")
        self.stdout.write(
            f"total {plan.total}, to add {len(plan.new)}, to change {len(plan.changed)}, "
            f"to orphan {len(plan.orphaned)}, to return {len(plan.returned)}"
        )

    def print_json(self, facts: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(facts, ensure_ascii=False, default=str))
