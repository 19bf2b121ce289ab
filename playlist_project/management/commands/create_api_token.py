"""manage.py create_api_token."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from playlist_project import api_tokens
from playlist_project.models import ApiToken, User


class Command(BaseCommand):
    help = "Make a token with which a program calls the API, and print it: it cannot be read again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="which program uses it")
        parser.add_argument("owner", help="username of the staff account with whose permissions it acts")
        parser.add_argument("--expires-days", type=int, metavar="N", help="days for which it is valid (else for ever)")
        parser.add_argument("--read-only", action="store_true", help="it may look at everything and change nothing")

    def handle(self, *, name: str, owner: str, expires_days: int | None, read_only: bool, **options: Any) -> None:
        user = User.objects.filter(username=owner, is_staff=True, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active staff account {owner}.")
        if len(name) > 100:
            raise CommandError("The name has more than 100 letters.")
        if expires_days is not None and not 0 < expires_days <= 36500:
            raise CommandError("A token is valid for 1 to 36500 days.")
        expiry = None if expires_days is None else timezone.now() + timedelta(days=expires_days)
        self.stdout.write(api_tokens.issue(ApiToken(name=name, user=user, expiry=expiry, read_only=read_only)))
