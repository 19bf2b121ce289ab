"""manage.py refresh_guide."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels.models import GuideRun, GuideSource
from integrations.guide.refresh import GuideBusy, refresh
from integrations.management.exits import BUSY, COMMAND_LINE


class Command(BaseCommand):
    help = "Refresh the guide (EPG) from its sources: all active ones, or one by its name."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", nargs="?", help="the name of a source")
        parser.add_argument(
            "--force",
            action="store_true",
            help="import what has not changed too, and also where many channels lose their programmes",
        )

    def handle(self, *, source: str | None, force: bool, **options: Any) -> None:
        sources = GuideSource.objects.filter(name=source) if source else GuideSource.objects.active()
        if source and not sources:
            raise CommandError(f"There is no guide source {source}.", returncode=2)
        failures = 0
        for chosen in sources:
            try:
                run = refresh(chosen, forced=force, actor=COMMAND_LINE)
            except GuideBusy as exc:
                raise CommandError("The guide is being refreshed already.", returncode=BUSY) from exc
            failures += run.state == GuideRun.State.FAILED
            self.stdout.write(f"{chosen}: {_result(run)}")
        if failures:
            raise CommandError(f"{failures} of {len(sources)} failed.")


def _result(run: GuideRun) -> str:
    if run.error:
        return f"{run.state}: {run.error}"
    return f"{run.state}, channels {run.channels_ours} of {run.channels_named}, programmes {run.programmes_kept}"
