"""Run the service's own commands as processes of their own, against the test database."""

import os
import subprocess
import sys
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection


def forget_all_jobs() -> None:
    """Empty the worker's queues: the flush between tests leaves them out, as Django does not manage their tables."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


def database_url(name: str = "") -> str:
    """Return the URL of the test database, or of another one of that server."""
    params = connection.get_connection_params()
    login = ":".join(quote(str(params[part]), safe="") for part in ("user", "password") if params.get(part))
    query = urlencode({part: params[part] for part in ("host", "port") if params.get(part)})
    return f"postgres://{login}@/{name or params['dbname']}?{query}"


def environment(**variables: Any) -> dict[str, str]:
    """Return the environment of a process that works on the test database."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "playlist_project.settings",
        "ENV_FILE": "",
        "DEBUG": "true",
        "DATABASE_URL": database_url(),
        **{name: str(value) for name, value in variables.items()},
    }


def start_command(*arguments: str, **variables: Any) -> subprocess.Popen[str]:
    """Start ``manage.py`` with these arguments and environment variables; the caller ends it."""
    return subprocess.Popen(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
