"""manage.py check_access."""

import json
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from integrations.auth_service.client import AuthServiceClient
from integrations.http import NotConfigured
from playlists.access_check import breaches
from subscribers.models import Subscriber


class Command(BaseCommand):
    help = "Prove that nobody can watch what no path grants, and that all servers agree. Exit 1 with a line per breach."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        with ExitStack() as stack:
            try:
                client = stack.enter_context(AuthServiceClient.from_settings()) if settings.AUTH_SERVICE_URL else None
            except NotConfigured as exc:
                raise CommandError(str(exc)) from exc
            found = list(breaches(client, now=timezone.now()))
        checked = Subscriber.objects.count()
        compared = "compared" if client else "not configured"
        if options["json"]:
            facts = {
                "subscribers": checked,
                "auth_service": compared,
                "breaches": [breach._asdict() for breach in found],
            }
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
        else:
            for breach in found:
                self.stdout.write(f"{breach.subscriber or '-'}: {breach.what}")
            self.stdout.write(f"{checked} subscribers, {len(found)} breaches, Auth Service {compared}")
        if found:
            raise CommandError("Access is not what it should be.")
