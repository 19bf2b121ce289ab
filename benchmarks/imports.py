"""Lists of 89,676 channels: read, imported for the first time, refreshed with nothing new and with 1 % changed.

The floors do the bare work: one expression over the whole text, COPY of rows that are there into an equal table with
its indexes but no triggers and keys, a fetch with a hash, and one comparison in SQL.
"""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests
from django.db import connection
from django.test.utils import override_settings

from benchmarks.environment import BASE_DIR, free_port, wait_for
from benchmarks.measure import Result, alternate, say
from benchmarks.rows import empty, execute, settle
from channels import import_sql, m3u
from channels.models import Channel, ImportRun, Source
from channels.sources import create_list
from demo.processes import Processes
from integrations.sources.importing import import_list

SIZE = 89_676
ROUNDS = 4
MOST_MEGABYTES = 120
# The kernel counts what a process had before it became another program, so the one in between is small.
WATCHED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
WORDS = [
    "Sport",
    "News",
    "Kino",
    "Kids",
    "Музыка",
    "World",
    "HD",
    "4K",
    "Первый",
    "Planet",
    "Euro",
    "Plus",
    "Action",
    "Nature",
]
ADDRESS = "http://line.panel-of-partner.example.com:8080/subscriber20481/Wb7kQ2mNpX4rT9"
EXPRESSIONS = {
    "basic": r"#EXTINF:[^,\n]*,([^\n]*)\n([^\n]+)",
    "attributes": r'([\w-]+)="([^"]*)"|^(\w+://.*)$',
}
COLUMNS = tuple(str(field.column) for field in Channel._meta.concrete_fields if field.column not in ("id", "logo_ref"))


def run(*, quick: bool) -> Iterator[Result]:
    size, rounds = (2_000, 1) if quick else (SIZE, ROUNDS)
    with TemporaryDirectory() as folder, Processes() as processes, override_settings(ALLOW_PRIVATE_ADDRESSES=True):
        port = free_port()
        processes.start("lists", "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", folder)
        wait_for(f"http://127.0.0.1:{port}/", processes)
        for kind in EXPRESSIONS:
            say(f"imports of a list of {size:,}, {kind}")
            old, new = (_write(Path(folder, f"{kind}{number}.m3u"), kind, size, number) for number in (0, 1))
            yield from _measured(kind, size, rounds, old, new, f"http://127.0.0.1:{port}/")


def _measured(kind: str, size: int, rounds: int, old: Path, new: Path, host: str) -> Iterator[Result]:
    text = old.read_bytes().decode()
    find = partial(re.findall, EXPRESSIONS[kind], text, re.MULTILINE)
    timing = alternate(partial(_read, old), find, rounds=rounds)
    yield Result(f"parse, {kind}", size, timing, max_ratio=4)

    empty()
    source = create_list("Bench", url=host + old.name)
    _import(source)
    rows = execute(f"SELECT {', '.join(COLUMNS)} FROM channels_channel ORDER BY id")
    timing = alternate(
        lambda: _import(Source.objects.get()),
        partial(_find_and, find, partial(_copy, rows)),
        rounds=rounds,
        before_job=partial(_begin_anew, host + old.name),
        before_floor=_equal_table,
    )
    assert execute("SELECT count(*) FROM channels_channel") == [(size,)]
    yield Result(f"first import, {kind}", size, timing, max_ratio=1.5, facts=(_memory_of_a_command(host + old.name),))

    timing = alternate(
        lambda: _import(Source.objects.get(), "unchanged"),
        partial(_fetch, host + old.name),
        rounds=rounds,
        before_job=partial(_serve, host + old.name),
    )
    yield Result(f"refresh, nothing changed, {kind}", size, timing, max_ratio=1.2)

    staged = execute(
        "SELECT sort_order, 1, stream_name, source_url, display_name, tvg_name, tvg_id, tvg_logo, listed_group,"
        " NULL, NULL FROM channels_channel ORDER BY id"
    )
    names = iter([new.name, old.name] * (rounds + 1))
    timing = alternate(
        lambda: _import(Source.objects.get()),
        partial(_find_and, find, partial(_compare, staged)),
        rounds=rounds,
        before_job=lambda: _serve(host + next(names)),
    )
    yield Result(f"refresh, 1 % changed, {kind}", size, timing, max_ratio=1.5)


def _write(path: Path, kind: str, size: int, version: int) -> Path:
    """Write a list; in version 1, one channel in a hundred has another name."""
    with path.open("w") as file:
        file.write("#EXTM3U\n")
        for number in range(size):
            name = (
                f"{WORDS[number % 13]} {WORDS[number % 7]} {number}{' (new)' if version and number % 100 == 0 else ''}"
            )
            attributes = ""
            if kind == "attributes":
                logo = f"http://logos.example.com/l/{number}.png"
                group = f"{WORDS[number % 11]} {number % 300}"
                attributes = f' tvg-id="ch{number}.tv" tvg-name="{name}" tvg-logo="{logo}" group-title="{group}"'
            file.write(f"#EXTINF:-1{attributes},{name}\n{ADDRESS}/{100_000 + number}\n")
    return path


def _read(path: Path) -> None:
    with path.open("rb") as file:
        for _entry in m3u.read(m3u.lines_of(file)):
            pass


def _find_and(find: Callable[[], Any], write: Callable[[], None]) -> None:
    find()
    write()


def _begin_anew(url: str) -> None:
    empty()
    create_list("Bench", url=url)


def _serve(url: str) -> None:
    """Let the server send its list as a whole, whatever it has sent before."""
    settle()
    Source.objects.update(url=url, last_modified="", etag="")


def _import(source: Source, expected: str = "done") -> None:
    run = ImportRun.objects.create(source=source)
    import_list(run)
    assert run.state == expected, run.error


def _equal_table() -> None:
    execute("DROP TABLE IF EXISTS bench_equal")
    execute("CREATE TABLE bench_equal (LIKE channels_channel INCLUDING ALL)")


def _copy(rows: list[Any]) -> None:
    _copy_into(f"bench_equal ({', '.join(COLUMNS)})", rows)


def _copy_into(table: str, rows: list[Any]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _fetch(url: str) -> None:
    digest = hashlib.sha256()
    with requests.get(url, stream=True, timeout=30) as answer:
        for chunk in answer.iter_content(128 * 1024):
            digest.update(chunk)


def _compare(rows: list[Any]) -> None:
    execute(import_sql.STAGE)
    _copy_into("incoming", rows)
    execute(import_sql.COMPARE, {"source": Source.objects.get().pk, "base_url": ""})
    execute("DROP TABLE pg_temp.incoming")


def _memory_of_a_command(url: str) -> str:
    """Import once more with the command, in a process of its own, and tell the most memory that it had."""
    _begin_anew(url)
    command = [sys.executable, "-c", WATCHED, sys.executable, str(BASE_DIR / "manage.py"), "import_m3u"]
    environment = {**os.environ, "ALLOW_PRIVATE_ADDRESSES": "true"}
    done = subprocess.run([*command, "--source", "Bench"], check=True, capture_output=True, text=True, env=environment)
    return f"the command that imports it has {int(done.stdout) / 1024:.0f} MB at most, of {MOST_MEGABYTES}"
