"""manage.py deliver_tokens."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.delivery import deliver_due
from integrations.http import RemoteError


class Command(BaseCommand):
    help = "Tell the Auth Service of every token whose time has come; the worker does this by itself."

    def handle(self, **options: Any) -> None:
        try:
            with AuthServiceClient.from_settings() as client:
                result = deliver_due(client)
        except RemoteError as exc:
            raise CommandError(str(exc)) from exc
        self.stdout.write(f"delivered {result.delivered}, failed {result.failed}")
        if result.failed:
            raise CommandError("Some tokens could not be delivered; each will be tried again.")
