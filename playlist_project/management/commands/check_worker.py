"""manage.py check_worker."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from playlist_project.health import worker_heartbeat_age


class Command(BaseCommand):
    help = "Fail unless a worker gave a sign of life a short while ago: the health check of its container."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=60.0, help="How old the sign may be (60).")

    def handle(self, *, seconds: float, **options: Any) -> None:
        age = worker_heartbeat_age(timezone.now())
        if age is None:
            raise CommandError("No worker runs.")
        if age > seconds:
            raise CommandError(f"The last sign of life of a worker is {age:.0f} s old.")
        self.stdout.write(f"A worker gave a sign of life {age:.0f} s ago.")
