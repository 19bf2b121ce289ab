"""``python -m benchmarks [name ...] [--quick]``: measure, and print one table.

A result over its target is marked, and no failure; a wrong result is one.
"""

import argparse
import importlib
import os
import platform
import subprocess
import sys

from benchmarks.debian_postgres import debian_postgres
from benchmarks.environment import bench_environment
from benchmarks.table import table

NAMES = ("sync", "playlist", "package", "delivery", "players", "big_lists", "imports", "push", "admin_pages", "lists")
# They show what indexes do that the embedded PostgreSQL cannot have, so they run on Debian's where that is installed.
NEED_EXTENSIONS = ("lists",)


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the service against floors.")
    options.add_argument("names", nargs="*", metavar="name", help=f"what to measure: {', '.join(NAMES)}; all of them")
    options.add_argument("--quick", action="store_true", help="small sizes, one round: only to see that it runs")
    chosen = options.parse_args()
    if unknown := set(chosen.names) - set(NAMES):
        options.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    names = chosen.names or NAMES
    elsewhere = [name for name in names if name in NEED_EXTENSIONS and "DATABASE_URL" not in os.environ]
    here = [name for name in names if name not in elsewhere]
    if here:
        _measure(here, quick=chosen.quick)
    if elsewhere:
        with debian_postgres() as server:
            if server is None:
                _measure(elsewhere, quick=chosen.quick)
            else:
                # Django is set up for one database in a process.
                again = [sys.executable, "-m", "benchmarks", *elsewhere, *(["--quick"] if chosen.quick else [])]
                subprocess.run(again, env={**os.environ, "DATABASE_URL": server}, check=True)


def _measure(names: list[str], *, quick: bool) -> None:
    results = []
    with bench_environment():
        for name in names:
            results += importlib.import_module(f"benchmarks.{name}").run(quick=quick)
        machine = _machine()
    print(f"\n{machine}\n\n{table(results)}")


def _machine() -> str:
    from django.db import connection

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
    parts = (
        f"{os.cpu_count()} cores",
        f"{memory:.0f} GB",
        f"Python {platform.python_version()}",
        f"PostgreSQL {version.split()[0]}",
        f"load {os.getloadavg()[0]:.1f}",
    )
    return ", ".join(parts)


if __name__ == "__main__":
    main()
