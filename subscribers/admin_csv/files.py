"""The files beside an import: an example to start from, and the rows that were rejected."""

import codecs
from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from subscribers.csv.format import COLUMNS, written
from subscribers.csv.values import text_cell
from subscribers.models import SubscriberImport

CHUNK = 2_000


def example_file(today: date) -> Iterator[bytes]:
    """Yield a file of two made-up users: one with all that there is, one with no more than has to be."""
    full = {
        "agreement_number": _("EXAMPLE-1"),
        "last_name": _("Sample"),
        "first_name": _("Anna"),
        "status": "enabled",
        "max_sessions": "2",
        "valid_from": f"{today}",
        "valid_until": f"{today.year + 1}-12-31",
        "username": _("anna.sample"),
        "email": "anna@example.com",
        "external_id": "1001",
        "notes": _("Write the names of tariffs, packages and channels as they are here; several with “; ” between."),
    }
    least = {"agreement_number": _("EXAMPLE-2"), "last_name": _("Sample"), "first_name": _("Boris")}
    rows = [[row.get(column, "") for column in COLUMNS] for row in (full, least)]
    yield codecs.BOM_UTF8 + written([COLUMNS, *rows])


def rejects_file(run: SubscriberImport) -> Iterator[bytes]:
    """Yield what is wrong with the rejected rows, a line for each field at fault."""
    yield codecs.BOM_UTF8 + written([(_("line"), _("field"), _("agreement number"), _("reason"))])
    rows = run.rejects.values_list("line", "field", "agreement_number", "reason")
    chunk: list[tuple[str, ...]] = []
    for line, field, number, reason in rows.iterator(chunk_size=CHUNK):
        chunk.append((str(line), field, text_cell(number), text_cell(reason)))
        if len(chunk) == CHUNK:
            yield written(chunk)
            chunk.clear()
    yield written(chunk)
