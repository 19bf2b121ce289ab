"""manage.py set_password."""

from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from integrations.management.exits import COMMAND_LINE
from playlist_project.history import made_by
from subscribers import services
from subscribers.models import Subscriber


class Command(BaseCommand):
    help = "Give a subscriber a password for players: one that is asked for, or with --generate a random one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("agreement_number")
        parser.add_argument("--generate", action="store_true", help="make a random one, and print it once")

    def handle(self, *, agreement_number: str, generate: bool, **options: Any) -> None:
        try:
            subscriber = Subscriber.objects.get(agreement_number=agreement_number)
        except Subscriber.DoesNotExist as exc:
            raise _nobody(agreement_number) from exc
        # Not an argument: those stand in the shell's history and in the list of processes.
        chosen = "" if generate else getpass(_("Password: "))
        with made_by(COMMAND_LINE, way="command"):
            try:
                if generate:
                    chosen = services.generate_password(subscriber)
                else:
                    services.set_password(subscriber, chosen)
            except ValidationError as exc:
                raise CommandError(" ".join(exc.messages)) from exc
            except Subscriber.DoesNotExist as exc:  # deleted while the password was being typed
                raise _nobody(agreement_number) from exc
        self.stdout.write(_("User name: %s") % subscriber.username)
        if generate:
            self.stdout.write(_("Password: %s") % chosen)


def _nobody(agreement_number: str) -> CommandError:
    return CommandError(_("No subscriber has the agreement number %s.") % agreement_number)
