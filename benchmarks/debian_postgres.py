"""The PostgreSQL that Debian packages, with its extensions: the embedded one has no pg_trgm."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from demo.processes import SECONDS_TO_START

INSTALLED = Path("/usr/lib/postgresql")
USER = "postgres"


@contextlib.contextmanager
def debian_postgres() -> Iterator[str | None]:
    """Run a server in a folder of its own, on a Unix socket, and give its URL; None where it is not to be had.

    It does not run as root, so root runs it as the user that the package made; nobody else can.
    """
    programs = max(INSTALLED.glob("*/bin"), key=lambda path: int(path.parent.name), default=None)
    if programs is None or os.geteuid() != 0:
        yield None
        return
    with TemporaryDirectory() as name:
        shutil.chown(name, USER)
        _run(programs / "initdb", "--pgdata=data", f"--username={USER}", "--auth=trust", "--encoding=UTF8", folder=name)
        with (Path(name) / "log").open("w") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", "data", "-k", name, "-c", "listen_addresses="],
                cwd=name,
                user=USER,
                group=USER,
                extra_groups=[],
                stderr=log,
            )
        try:
            _wait_for(programs, name, server)
            yield f"postgres://{USER}@/postgres?host={name}"
        finally:
            server.terminate()  # which lets sessions end
            server.wait(SECONDS_TO_START)


def _run(program: Path, *arguments: str, folder: str) -> None:
    locale = {**os.environ, "LC_ALL": "C.UTF-8"}
    subprocess.run(
        [program, *arguments],
        cwd=folder,
        user=USER,
        group=USER,
        extra_groups=[],
        env=locale,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _wait_for(programs: Path, folder: str, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + SECONDS_TO_START
    while subprocess.run([programs / "pg_isready", "--quiet", f"--host={folder}"], check=False).returncode:
        if server.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"PostgreSQL did not start: {(Path(folder) / 'log').read_text()}")
        time.sleep(0.1)
