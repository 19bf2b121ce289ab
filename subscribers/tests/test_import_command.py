"""manage.py import_subscribers."""

import io
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from integrations.management.exits import BUSY
from subscribers.models import Subscriber
from subscribers.tests.import_steps import csv_of, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "users.csv"
    path.write_bytes(csv_of("A-1,x,y", "A-2,x,y"))
    return path


def run(*arguments: object) -> tuple[str, str, int]:
    """Return what it printed, to both, and its exit code."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_subscribers", *map(str, arguments), stdout=out, stderr=err)
    except SystemExit as exc:
        return out.getvalue().strip(), err.getvalue().strip(), int(exc.code or 0)
    return out.getvalue().strip(), err.getvalue().strip(), 0


def test_it_imports_and_prints_one_line(file: Path) -> None:
    assert run(file) == ("created 2, changed 0, unchanged 0, rejected 0", "", 0)
    assert run(file) == ("created 0, changed 0, unchanged 2, rejected 0", "", 0)


def test_a_dry_run_writes_nothing(file: Path) -> None:
    assert run(file, "--dry-run")[0] == "created 2, changed 0, unchanged 0, rejected 0"
    assert not Subscriber.objects.exists()


def test_rejected_rows_are_told_and_end_with_1(file: Path) -> None:
    file.write_bytes(csv_of("A-1,x,y", "A-2,x,"))

    out, err, code = run(file)

    assert (out, code) == ("created 1, changed 0, unchanged 0, rejected 1", 1)
    assert err == "line 3, A-2, first_name: Nobody has this agreement number, and a new user needs this."


def test_rejected_rows_go_into_a_file_where_one_is_named(file: Path, tmp_path: Path) -> None:
    file.write_bytes(csv_of("=1,x,"))
    rejects = tmp_path / "rejects.csv"

    assert run(file, "--rejects", rejects)[1:] == ("", 1)

    lines = rejects.read_text("utf-8-sig").splitlines()
    assert lines[1].startswith("2,first_name,'=1,")


def test_the_history_names_the_file(file: Path) -> None:
    run(file)

    events = apps.get_model("subscribers", "SubscriberEvent").objects.all()
    contexts = {tuple(sorted(event.pgh_context.metadata.items())) for event in events}
    assert contexts == {(("actor", "command line"), ("reason", "CSV import users.csv"), ("way", "command"))}


@pytest.mark.parametrize(
    ("content", "words"), [(b"colour\nred", "no columns with these names: colour"), (None, "No such file")]
)
def test_a_file_that_cannot_be_read_is_refused(file: Path, content: bytes | None, words: str) -> None:
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)

    with pytest.raises(CommandError, match=words):
        run(file)


def test_it_does_not_run_beside_an_import_of_the_admin(file: Path) -> None:
    upload(b"", state="applying")

    with pytest.raises(CommandError, match="under way") as busy:
        run(file)

    assert busy.value.returncode == BUSY
