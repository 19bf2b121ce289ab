"""The whole product on one machine: PostgreSQL, both stand-ins, data, worker and web server."""

import contextlib
import os
import re
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from demo.processes import SECONDS_TO_START, Processes
from playlist_project import embedded_postgres

BASE_DIR = Path(__file__).resolve().parent.parent
API_KEY = "demo"
LOOPBACK = "127.0.0.1"

# What the demo decides by itself: another database, another Flussonic or other folders would be somebody's real ones.
OF_THE_DEMO = frozenset(
    {
        "API_HOST",
        "API_PORT",
        "AUTH_SERVICE_API_KEY",
        "AUTH_SERVICE_DATES",
        "AUTH_SERVICE_URL",
        "DATABASE_URL",
        "DEBUG",
        "ENV_FILE",
        "FLUSSONIC_API",
        "FLUSSONIC_API_KEY",
        "FLUSSONIC_AUTH_ADDRESSES",
        "FLUSSONIC_AUTH_SECRET",
        "FLUSSONIC_STREAM_URL",
        "FLUSSONIC_TOKEN_KEY",
        "FLUSSONIC_URL",
        "PROMETHEUS_MULTIPROC_DIR",
        "PUBLIC_URL",
        "SECRET_KEY",
        "STAFF_HTTPS",
        "STATIC_ROOT",
        "TRUSTED_PROXIES",
    }
)


@dataclass(frozen=True, slots=True)
class Stack:
    """Where everything listens, and the file with the settings that a command needs to work on it."""

    url: str
    flussonic_url: str
    auth_service_url: str
    password: str
    env_file: Path
    processes: Processes


@contextlib.contextmanager
def running_stack(*, name: str, host: str, port: int, fresh: bool) -> Iterator[Stack]:
    """Start everything and stop it on the way out; ``fresh`` begins with an empty database and leaves none."""
    folder = BASE_DIR / ".local" / name
    folder.mkdir(parents=True, exist_ok=True)
    with _postgres(f"playlist_{name}", fresh=fresh) as database_url, Processes() as processes:
        say("starting the stand-ins for Flussonic and the Auth Service")
        url = f"http://{LOOPBACK if host == '0.0.0.0' else host}:{port}"
        # The Auth Service's stand-in holds tokens and answers no Flussonic: of who plays, the service is asked itself.
        auth_secret = secrets.token_urlsafe(24)
        flussonic_url = processes.start_stand_in(
            *("Flussonic", "demo.flussonic", "--catalogue", "demo", "--media"),
            *("--on-play", f"{url}/flussonic/auth/{auth_secret}"),
        )
        auth_service_url = processes.start_stand_in("Auth Service", "demo.auth_service", "--api-key", API_KEY)
        env_file = folder / "env"
        _write_settings(
            env_file,
            DEBUG="false",
            SECRET_KEY=_kept_secret(folder / "secret"),
            DATABASE_URL=database_url,
            FLUSSONIC_URL=flussonic_url,
            FLUSSONIC_AUTH_SECRET=auth_secret,
            AUTH_SERVICE_URL=auth_service_url,
            AUTH_SERVICE_API_KEY=API_KEY,
            API_HOST=host,
            API_PORT=port,
            PUBLIC_URL=url,
            ALLOWED_HOSTS=hosts_of(host),
            STAFF_HTTPS="false",
            STATIC_ROOT=folder / "static",
            LOG_LEVEL="WARNING",
        )
        os.environ.update(ENV_FILE=str(env_file), DJANGO_SETTINGS_MODULE="playlist_project.settings")
        password = _prepare(folder / "password")
        say("starting the worker and the web server")
        processes.start("worker", str(BASE_DIR / "manage.py"), "worker")
        processes.start(
            "web server", *("-m", "gunicorn", "-c", str(BASE_DIR / "gunicorn.conf.py"), "playlist_project.wsgi")
        )
        _wait_until_ready(f"{url}/readyz", processes)
        yield Stack(url, flussonic_url, auth_service_url, password, env_file, processes)


def forget_settings(*, all_of_them: bool = True) -> None:
    """Take this project's variables out of the environment, all or those that the demo decides by itself."""
    for name in re.findall(r"^#?\s*([A-Z][A-Z0-9_]*)=", (BASE_DIR / ".env.example").read_text(), re.MULTILINE):
        if all_of_them or name in OF_THE_DEMO:
            os.environ.pop(name, None)


def hosts_of(host: str) -> str:
    """Return ALLOWED_HOSTS: on loopback this machine's own names do, elsewhere it goes by names not known here."""
    return "" if host == LOOPBACK else "*"


@contextlib.contextmanager
def _postgres(database: str, *, fresh: bool) -> Iterator[str]:
    """Have PostgreSQL run with this database; stop it afterwards if it did not run before and nobody else uses it."""
    was_running = embedded_postgres.is_running(BASE_DIR)
    say("starting PostgreSQL")
    host = embedded_postgres.start(BASE_DIR)["HOST"]
    with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as admin:
        if fresh:
            admin.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        if not admin.execute("SELECT FROM pg_database WHERE datname = %s", [database]).rowcount:
            admin.execute(f"CREATE DATABASE {database}")
        try:
            yield f"postgres://postgres@/{database}?host={host}"
        finally:
            if fresh:
                admin.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
            others = admin.execute(
                "SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
                " AND datname <> %s",
                [database],
            ).rowcount
    if not was_running and not others:
        embedded_postgres.stop(BASE_DIR)


def _write_settings(env_file: Path, **settings: object) -> None:
    env_file.touch(mode=0o600)
    env_file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))


def _kept_secret(file: Path) -> str:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(40))
    return file.read_text()


def _prepare(password_file: Path) -> str:
    """Bring database and data up to date in this process; return the staff account's password."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from demo.seed import seed_catalogue, seed_staff

    say("preparing the database")
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    password = seed_staff(password_file)
    say("syncing channels from Flussonic")
    call_command("sync_channels")
    seed_catalogue()
    say("telling the Auth Service of every subscriber")
    call_command("reconcile_tokens")  # the stand-in forgets everything when it stops
    call_command("deliver_tokens")
    connection.close()
    return password


def _wait_until_ready(url: str, processes: Processes) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while True:
        processes.check()
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def say(step: str) -> None:
    print(f"- {step}", flush=True)
