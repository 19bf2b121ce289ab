"""manage.py import_m3u."""

from contextlib import nullcontext
from pathlib import Path
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import models

from channels.import_mapping import DEFAULT_MAPPING, FIELDS, TITLE
from channels.import_words import fault_in_words
from channels.masking import masked
from channels.models import ImportRun, Source
from channels.sources import create_list
from integrations.management.exits import BUSY, COMMAND_LINE
from integrations.runs import alone
from integrations.sources.importing import LOCK, ImportBusy, import_list
from playlist_project.history import made_by

REJECTS_SHOWN = 20
State = ImportRun.State


class Command(BaseCommand):
    help = "Import channels from an M3U list: a file, or the address of one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("list", nargs="?", help="a file or an http(s) URL; not needed where the source has a URL")
        parser.add_argument("--source", required=True, metavar="NAME", help="its name; a new one is made")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=ATTRIBUTE",
            help=f"what fills a field ({', '.join(FIELDS)}): an attribute, title, or nothing",
        )
        parser.add_argument(
            "--known-by", choices=Source.Identity.values, help="of a new source: what tells entries apart"
        )
        parser.add_argument("--delivery", choices=Source.Delivery.values, help="of a new source")
        parser.add_argument("--dry-run", action="store_true", help="tell what would be done, and do nothing")
        parser.add_argument(
            "--force", action="store_true", help="import an unchanged list too, and one that lacks many channels"
        )

    def handle(self, **options: Any) -> None:
        url = options["list"] if (options["list"] or "").lower().startswith(("http://", "https://")) else ""
        path = Path(options["list"]) if options["list"] and not url else None
        mapping = _mapping(options["map"])
        _check("source", "name", options["source"])
        _check("list", "url", url)
        try:
            # Before anything is on record, where a worker would find it.
            with alone(LOCK, ImportBusy()), _opened(path) if path else nullcontext() as file:
                source, made = _source(options, url)
                run = ImportRun.objects.create(
                    source=source,
                    actor=COMMAND_LINE,
                    forced=options["force"],
                    only_look=options["dry_run"],
                    mapping={**(source.mapping or DEFAULT_MAPPING), **mapping} if mapping else None,
                    file_name=path.name[:255] if path else "",
                    was_given=path is not None,
                )
                try:
                    with made_by(COMMAND_LINE, way="command"):
                        import_list(run, file=file, url=url)
                    self._tell(run)
                finally:
                    attributes = source.attributes
                    source.refresh_from_db()
                    if made and source.imported_at is None:
                        source.delete()
                    elif run.only_look:
                        # Staff may be choosing from those of another list at this moment.
                        Source.objects.filter(pk=source.pk).update(attributes=attributes)
                        run.delete()
        except ImportBusy as exc:
            raise CommandError("A list is being imported already.", returncode=BUSY) from exc

    def _tell(self, run: ImportRun) -> None:
        for reject in run.rejects.all()[:REJECTS_SHOWN]:
            self.stderr.write(f"line {reject.line}: {fault_in_words(reject.fault)}: {masked(reject.text)}")
        if run.state == State.READY:
            _tell_plan(self, run)
        elif run.error:
            raise CommandError(f"{run.state}: {run.error}")
        else:
            self.stdout.write(
                f"{run.state}: total {run.total}, new {run.added}, changed {run.changed}, returned {run.returned}, "
                f"gone {run.gone}, rejected {run.rejected}"
            )


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as exc:
        raise CommandError(f"{path}: {exc.strerror}", returncode=2) from exc


def _mapping(pairs: list[str]) -> dict[str, str]:
    mapping = {}
    for pair in pairs:
        field, equals, attribute = pair.partition("=")
        if field not in FIELDS or not equals:
            raise CommandError(f"--map {pair}: write FIELD=ATTRIBUTE, with one of {', '.join(FIELDS)}.", returncode=2)
        mapping[field] = attribute.strip().lower()
    return mapping


def _check(argument: str, column: str, value: str) -> None:
    field = Source._meta.get_field(column)
    assert isinstance(field, models.Field)
    try:
        field.clean(value, None)
    except ValidationError as exc:
        raise CommandError(f"{argument}: {' '.join(exc.messages)}", returncode=2) from exc


def _source(options: dict[str, Any], url: str) -> tuple[Source, bool]:
    """Return the source, and whether it was made now."""
    source = Source.objects.filter(name=options["source"]).first()
    if source is None:
        if not options["list"]:
            raise CommandError(f"There is no source {options['source']}.", returncode=2)
        values = {"url": url, "identity": options["known_by"], "delivery": options["delivery"]}
        return create_list(options["source"], **{name: value for name, value in values.items() if value}), True
    if source.kind != Source.Kind.M3U:
        raise CommandError(f"{source} is no source of lists.", returncode=2)
    for option, is_so in (("known_by", source.identity), ("delivery", source.delivery)):
        if options[option] not in (None, is_so):
            argument = option.replace("_", "-")
            raise CommandError(f"--{argument} is for a new source: that of {source} is {is_so}.", returncode=2)
    return source, False


def _tell_plan(command: BaseCommand, run: ImportRun) -> None:
    plan: dict[str, Any] = run.plan or {}
    counts = ", ".join(f"{name} {number}" for name, number in plan["counts"].items())
    command.stdout.write(f"would be: {counts}, rejected {run.rejected}")
    attributes = Source.objects.values_list("attributes", flat=True).get(pk=run.source_id)
    command.stdout.write("attributes: " + ", ".join(f"{found['name']} {found['count']}" for found in attributes))
    known = {TITLE, "", *(found["name"] for found in attributes)}
    for field, name in (run.mapping or {}).items():
        if name not in known:
            command.stderr.write(f"--map {field}={name}: no entry of the list has this attribute.")
    for name in plan["added"]:
        command.stdout.write(f"new: {name}")
    for change in plan["changed"]:
        shown = masked if change["field"] == "tvg_logo" else str
        now, then = (shown(change[moment] or "") for moment in ("now", "then"))
        command.stdout.write(f"changed: {change['name']}: {change['field']} {now} -> {then}")
    for name in plan["gone"]:
        command.stdout.write(f"gone: {name}")
    if plan["refused"]:
        command.stderr.write(plan["refused"])
