"""Where the benchmarks run: a database of their own, settings as in production, a web server."""

import contextlib
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psycopg
import requests

from demo.processes import SECONDS_TO_START, Processes
from demo.stack import forget_settings
from playlist_project import embedded_postgres

BASE_DIR = Path(__file__).resolve().parent.parent
DATABASE = "playlist_bench"


@dataclass(frozen=True, slots=True)
class WebServer:
    host: str
    port: int
    worker: int
    """The process that answers."""


@contextlib.contextmanager
def bench_environment() -> Iterator[None]:
    """Have Django set up on an empty database, and drop that afterwards.

    It is made on the server of DATABASE_URL, and on the embedded one where that is not set.
    """
    server = os.environ.get("DATABASE_URL") or _embedded_server()
    url = urlsplit(server)._replace(path=f"/{DATABASE}").geturl()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")  # of a run that was killed
        admin.execute(f"CREATE DATABASE {DATABASE}")
        try:
            with TemporaryDirectory() as static_root:
                _set_up(url, static_root)
                yield
        finally:
            admin.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def _embedded_server() -> str:
    database = embedded_postgres.start(BASE_DIR)
    return f"postgres://{database['USER']}@/{database['NAME']}?host={database['HOST']}"


def _set_up(database_url: str, static_root: str) -> None:
    forget_settings()
    os.environ.update(
        ENV_FILE="",
        DJANGO_SETTINGS_MODULE="playlist_project.settings",
        DEBUG="false",
        SECRET_KEY=secrets.token_urlsafe(40),
        DATABASE_URL=database_url,
        STATIC_ROOT=static_root,
        LOG_LEVEL="WARNING",
        STAFF_HTTPS="false",  # or the floors would be redirects
        WEB_PROCESSES="1",
    )
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


@contextlib.contextmanager
def web_server(*, processes: int = 1, wsgi: str = "playlist_project.wsgi", **settings: str) -> Iterator[WebServer]:
    """Run gunicorn as production does, with so many worker processes and settings besides those of the benchmarks."""
    host, port = "127.0.0.1", free_port()
    os.environ.update(API_HOST=host, API_PORT=str(port), WEB_PROCESSES=str(processes), **settings)
    with Processes() as started:
        master = started.start("web server", "-m", "gunicorn", "-c", str(BASE_DIR / "gunicorn.conf.py"), wsgi)
        wait_for(f"http://{host}:{port}/healthz", started)
        yield WebServer(host, port, _child_of(master))


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def wait_for(url: str, processes: Processes) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while True:
        processes.check()
        try:
            requests.get(url, timeout=5).raise_for_status()
            return
        except requests.ConnectionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def _child_of(master: subprocess.Popen[str]) -> int:
    children = Path(f"/proc/{master.pid}/task/{master.pid}/children")
    return int(children.read_text().split()[0]) if children.exists() else 0
