"""Imports of lists for tests: one, all that wait, and what one came to."""

import io

from django.utils import timezone

from channels.models import ImportRun, Source
from integrations.sources.importing import import_list, work_on_sources

NOTHING_DONE = {"added": 0, "changed": 0, "returned": 0, "gone": 0}


def run_of(source: Source, content: bytes | None = None, **fields: object) -> ImportRun:
    """Import what is given, or what the source's address has, and return the record of it."""
    source.refresh_from_db()
    run = ImportRun.objects.create(source=source, **fields)
    import_list(run, file=None if content is None else io.BytesIO(content))
    run.refresh_from_db()
    return run


def work() -> None:
    work_on_sources(now=timezone.now(), stop=lambda: False)


def counts_of(run: ImportRun) -> dict[str, int]:
    return {name: getattr(run, name) for name in NOTHING_DONE}
