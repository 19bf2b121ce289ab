"""Files of subscribers, uploaded and worked on, for tests."""

from contextlib import nullcontext
from typing import Any

from subscribers.csv import runs as import_runs
from subscribers.models import SubscriberImport

NAMES = "agreement_number,last_name,first_name"


def csv_of(*rows: str, columns: str = NAMES) -> bytes:
    return "\r\n".join([columns, *rows, ""]).encode()


def upload(content: bytes, **fields: Any) -> SubscriberImport:
    return SubscriberImport.objects.create(
        **{"file_name": "users.csv", "content": content, "language": "en", "actor": "anna", **fields}
    )


def work() -> None:
    """Do what the worker would."""
    import_runs.work(seconds=60, stop=lambda: False, made_by=lambda run: nullcontext())


def checked(content: bytes) -> SubscriberImport:
    run = upload(content)
    work()
    run.refresh_from_db()
    return run


def imported(content: bytes) -> SubscriberImport:
    run = checked(content)
    assert import_runs.confirm(run.pk, actor="anna"), run.error
    work()
    run.refresh_from_db()
    return run


def counts(run: SubscriberImport) -> dict[str, int]:
    return {name: count for name in SubscriberImport.COUNTS if (count := getattr(run, name))}


def rejects(run: SubscriberImport) -> list[tuple[int, str, str]]:
    return list(run.rejects.values_list("line", "field", "reason"))
