"""The image and its neighbours, as far as they can be run without Docker: gunicorn as the Dockerfile starts it."""

import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from django.db import connection

from playlist_project.tests.processes import database_url
from playlist_project.tests.sources import ROOT
from playlist_project.tests.waiting import wait_until

SECRET = "s3cr3t-QeHUZDtsuc56bX69kLWk9Q"
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMMAND: list[str] = json.loads(re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)[-1])
HEALTH_CHECK: list[str] = json.loads(re.findall(r"^ +CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)[-1])

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("deployment")]


@dataclass
class Service:
    """The service as the image runs it, and what it may write to."""

    process: "subprocess.Popen[bytes]"
    python: str
    port: int
    temporary: Path
    log: Path

    def get(self, path: str, **headers: str) -> requests.Response:
        headers = {"Host": "playlist.example.com", **headers}
        return requests.get(f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=10, allow_redirects=False)


@pytest.fixture(scope="module")
def image() -> Iterator[Path]:
    """What the Dockerfile copies into the image, in a folder that every user can enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    patterns = (ROOT / ".dockerignore").read_text().splitlines()
    unwanted = shutil.ignore_patterns(*(pattern.removeprefix("**/") for pattern in patterns if pattern[:3] == "**/"))
    for name in (pattern[1:] for pattern in patterns if pattern.startswith("!")):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / "service" / name, ignore=unwanted)
        else:
            shutil.copy2(ROOT / name, folder / "service" / name)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def python(image: Path) -> str:
    """An interpreter that every user can run: a copy where ours is in a closed home."""
    if open_to_all(Path(sys.executable).resolve()):
        return sys.executable
    library = Path(sysconfig.get_path("stdlib"))
    unwanted = shutil.ignore_patterns("test", "site-packages", "config-*", "__pycache__", "idlelib", "ensurepip")
    shutil.copytree(library, image / "python/lib" / library.name, ignore=unwanted)
    for shared in library.parent.glob("libpython3*.so.1.0"):
        shutil.copy2(shared, image / "python/lib" / shared.name)
    (image / "python/bin").mkdir()
    return str(shutil.copy2(Path(sys.executable).resolve(), image / "python/bin/python3"))


def open_to_all(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in path.parents)


@pytest.fixture(scope="module")
def environment(image: Path, python: str) -> dict[str, str]:
    if os.geteuid() == 0 and not open_to_all(packages := Path(sysconfig.get_path("purelib"))):
        pytest.skip(f"{packages} is closed to other users")
    return {
        "PATH": os.defpath,
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "LD_LIBRARY_PATH": str(image / "python/lib"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SECRET_KEY": "a-long-secret-key-for-this-test-0123456789-abcdefghijklm",
        "DATABASE_URL": "postgres://nobody@/none?host=/nowhere",
        "PUBLIC_URL": "https://playlist.example.com",
        "STATIC_ROOT": str(image / "static"),
    }


@pytest.fixture(scope="module")
def service(image: Path, python: str, environment: dict[str, str], django_db_setup: None) -> Iterator[Service]:
    """gunicorn, as the image starts it, for a user who may write to nothing but /tmp."""
    subprocess.run(
        [python, "manage.py", "collectstatic", "--noinput"], cwd=image / "service", env=environment, check=True
    )
    subprocess.run(["chmod", "-R", "a-w", image / "service", image / "static"], check=True)
    temporary = image / "tmp"
    temporary.mkdir()
    temporary.chmod(0o777)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "DATABASE_URL": database_url(),
        "API_HOST": "127.0.0.1",
        "API_PORT": str(port),
        "METRICS_TOKEN": "metrics-token",
        "TMPDIR": str(temporary),
    }
    log = image / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python, "-m", *COMMAND],
            cwd=image / "service",
            env={**environment, **settings},
            stderr=output,
            **somebody(),
        )
    running = Service(process, python, port, temporary, log)
    wait_for(running)
    yield running
    process.terminate()
    process.wait(timeout=30)


def somebody() -> dict[str, Any]:
    """Return whom to run as instead of root: whoever can reach the database's socket."""
    if os.geteuid() != 0:
        return {}
    sockets = Path(str(connection.get_connection_params().get("host", "")))
    user = sockets.stat().st_uid if sockets.is_absolute() else 0
    who = pwd.getpwuid(user) if user else pwd.getpwnam("nobody")
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}


def wait_for(service: Service) -> None:
    for _ in range(200):
        assert service.process.poll() is None, service.log.read_text()
        try:
            service.get("/healthz")
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(service.log.read_text())


def test_the_health_check_of_the_image_passes(service: Service) -> None:
    command = [word.replace("8080", str(service.port)) for word in HEALTH_CHECK]

    assert subprocess.run([sys.executable, *command[1:]], check=False).returncode == 0


def test_it_is_ready_with_a_migrated_database(service: Service) -> None:
    response = service.get("/readyz", Host="127.0.0.1")

    assert (response.status_code, response.json()["ready"]) == (200, True)


def test_staff_are_sent_to_https_and_find_a_page_with_its_style_there(service: Service) -> None:
    assert service.get("/admin/login/").headers["Location"] == "https://playlist.example.com/admin/login/"

    page = service.get("/admin/login/", **{"X-Forwarded-Proto": "https"})
    (style,) = re.findall(r"/static/admin/css/base\.[0-9a-f]{12}\.css", page.text)
    answer = service.get(style, **{"X-Forwarded-Proto": "https"})

    assert page.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/css")
    assert "immutable" in answer.headers["Cache-Control"]


def test_the_counts_of_all_processes_are_told_together(service: Service) -> None:
    def counted() -> float:
        text = service.get("/metrics", Authorization="Bearer metrics-token").text
        (count,) = re.findall(r'^playlist_request_seconds_count\{.*route="healthz".*\} (.+)$', text, re.MULTILINE)
        return float(count)

    before = counted()
    for _ in range(20):
        service.get("/healthz")

    # A request is counted once its answer is closed, a moment after its last byte has arrived here.
    wait_until(lambda: counted() >= before + 20)
    assert counted() == before + 20


def test_no_line_of_the_log_holds_a_secret_or_is_not_json(service: Service) -> None:
    service.get(f"/playlist/{SECRET}.m3u8")
    service.get(f"/anna/{SECRET}/7?password={SECRET}", Host="elsewhere.example.com")
    with socket.create_connection(("127.0.0.1", service.port)) as rude:
        rude.sendall(f"GET /anna/{SECRET}/7\r\n\r\n".encode())
        assert rude.recv(100).startswith(b"HTTP/1.1 400")

    events = [json.loads(line) for line in service.log.read_text().splitlines()]
    assert "Invalid request from ip=127.0.0.1: Invalid HTTP request line" in [event["event"] for event in events]
    assert [e for e in events if e["logger"] == "gunicorn.error" and e["level"] in ("error", "critical")] == []
    assert SECRET not in str(events)


def test_it_stops_when_asked_and_leaves_nothing_behind(service: Service) -> None:
    service.process.send_signal(signal.SIGTERM)

    assert service.process.wait(timeout=30) == 0
    assert list(service.temporary.iterdir()) == []


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    compose: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return compose["services"]


def test_web_and_worker_wait_for_the_migrations(services: dict[str, Any]) -> None:
    assert {
        name: service["depends_on"]["migrate"]["condition"]
        for name, service in services.items()
        if "migrate" in service.get("depends_on", {})
    } == dict.fromkeys(("web", "worker"), "service_completed_successfully")


def test_the_service_runs_on_a_read_only_file_system(services: dict[str, Any]) -> None:
    assert {name for name, service in services.items() if service.get("read_only")} == {"migrate", "web", "worker"}


def test_the_compose_file_holds_no_secret(services: dict[str, Any]) -> None:
    told = {key: str(value) for service in services.values() for key, value in service["environment"].items()}
    kept = {key: re.sub(r"\$\{.*?\}", "", value) for key, value in told.items()}

    assert kept["POSTGRES_PASSWORD"] == ""
    assert kept["DATABASE_URL"] == "postgres://playlist:@postgres:5432/playlist"
    assert not kept.keys() & {"SECRET_KEY", "FLUSSONIC_API_KEY", "AUTH_SERVICE_API_KEY", "METRICS_TOKEN"}
