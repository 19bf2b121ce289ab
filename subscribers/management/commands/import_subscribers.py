"""manage.py import_subscribers."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from integrations.management.exits import BUSY, COMMAND_LINE
from playlist_project.history import made_by
from subscribers.admin_csv.forms import MOST_BYTES
from subscribers.csv.format import BadFile, written
from subscribers.csv.importing import Reject, Totals, import_all
from subscribers.csv.values import text_cell
from subscribers.csv.words import say
from subscribers.models import SubscriberImport


class Command(BaseCommand):
    help = "Create and change subscribers as a CSV file says; the same file again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="CSV in UTF-8, UTF-16 or Windows-1251; - reads what comes in")
        parser.add_argument("--dry-run", action="store_true", help="say what would change; change nothing")
        parser.add_argument("--rejects", metavar="FILE", help="write the rejected rows there as CSV, not to stderr")

    def handle(self, *, file: str, dry_run: bool, rejects: str | None, **options: Any) -> None:
        if not dry_run and SubscriberImport.objects.applying().exists():
            raise CommandError(_("An import is under way in the admin. Try again later."), returncode=BUSY)
        reason = _("CSV import %(file)s") % {"file": Path(file).name}
        try:
            content = _content(file)
            with self.teller(rejects) as tell, made_by(COMMAND_LINE, way="command", reason=reason):
                totals = import_all(content, dry_run=dry_run, tell=tell, progress=self.progress)
        except BadFile as exc:
            raise CommandError(say(exc.problem)) from exc
        except OSError as exc:
            raise CommandError(f"{exc.filename}: {exc.strerror}") from exc
        self.stdout.write(_in_words(totals))
        if totals.rejected:
            raise SystemExit(1)

    def progress(self, totals: Totals) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{totals.rows}", ending="")

    @contextmanager
    def teller(self, path: str | None) -> Iterator[Any]:
        """Return what takes rejects: a line each for people, or a CSV file."""
        if path is None:
            yield lambda reject: self.stderr.write(_line(reject))
            return
        with Path(path).open("w", encoding="utf-8-sig", newline="") as out:
            _write(out, ("line", "field", "agreement_number", "reason"))
            yield lambda reject: _write(out, reject)


def _content(file: str) -> bytes:
    content = sys.stdin.buffer.read(MOST_BYTES + 1) if file == "-" else Path(file).read_bytes()
    if len(content) > MOST_BYTES:
        raise CommandError(_("The file has more than %(most)s bytes. Split it.") % {"most": MOST_BYTES})
    return content


def _write(out: TextIO, cells: Any) -> None:
    out.write(written([[text_cell(str(cell)) for cell in cells]]).decode())


def _line(reject: Reject) -> str:
    words = reject._asdict() | {"field": reject.field or _("the row")}
    return _("line %(line)s, %(agreement_number)s, %(field)s: %(reason)s") % words


def _in_words(totals: Totals) -> str:
    return (
        _("created %(created)s, changed %(updated)s, unchanged %(unchanged)s, rejected %(rejected)s") % totals._asdict()
    )
