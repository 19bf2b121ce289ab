"""How gunicorn serves the service. Its figures come from the settings, the only reader of the environment."""

import logging.config
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gunicorn import glogging  # type: ignore[import-untyped]

from playlist_project import settings

bind = f"{settings.API_HOST}:{settings.API_PORT}"
worker_class = "gthread"
workers = settings.WEB_PROCESSES
threads = settings.WEB_THREADS
timeout = 60
graceful_timeout = 30
keepalive = 5
forwarded_allow_ips = ",".join(settings.TRUSTED_PROXIES)
control_socket_disable = True  # nobody steers it by one, and it would want a folder to write to
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # a heartbeat must not wait for a disk
accesslog = None  # paths carry tokens and passwords; the request middleware logs routes


class logger_class(glogging.Logger):  # type: ignore[misc]  # noqa: N801  # the setting's name
    """Speak through Django's logging, with its one format and its mask."""

    def setup(self, cfg: Any) -> None:
        self.cfg = cfg
        logging.config.dictConfig(settings.LOGGING)


# Each process counts its own requests, and leaves the counts where the one that is asked can read them.
OWN_FOLDER = "playlist-metrics-"
if settings.WEB_PROCESSES > 1 and not settings.METRICS_DIR:
    settings.METRICS_DIR = tempfile.mkdtemp(prefix=OWN_FOLDER)
if settings.METRICS_DIR:
    raw_env = [f"PROMETHEUS_MULTIPROC_DIR={settings.METRICS_DIR}"]  # read when prometheus_client is imported


def on_starting(server: Any) -> None:
    """Forget what the last run counted."""
    for counts in _counts():
        counts.unlink()


def child_exit(server: Any, worker: Any) -> None:
    if settings.METRICS_DIR:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    if Path(settings.METRICS_DIR).name.startswith(OWN_FOLDER):
        shutil.rmtree(settings.METRICS_DIR)


def _counts() -> Iterable[Path]:
    return Path(settings.METRICS_DIR).glob("*.db") if settings.METRICS_DIR else []
