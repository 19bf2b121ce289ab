"""Buffers lose nothing while the database is away, hold no more than they may, and write in a thread of their own."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from django.db import DataError, OperationalError, connection, transaction
from pytest_django import Settings

from playlist_project.tests.sources import ROOT
from playlist_project.tests.waiting import wait_until
from subscribers.buffer import Buffer

pytestmark = pytest.mark.django_db


def events(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [record.msg["event"] for record in caplog.records if isinstance(record.msg, dict)]


def test_entries_are_written_in_batches_the_oldest_first() -> None:
    written: list[list[int]] = []
    buffer = Buffer("test", written.append, batch=2)
    for number in range(5):
        buffer.add(number)

    assert buffer.flush()
    assert written == [[0, 1], [2, 3], [4]]
    assert len(buffer) == 0


def test_while_the_database_is_away_the_entries_wait_and_one_line_says_so(caplog: pytest.LogCaptureFixture) -> None:
    away, written = True, list[int]()

    def write(entries: list[int]) -> None:
        if away:
            raise OperationalError("no route to host")
        written.extend(entries)

    buffer = Buffer("test", write, batch=2)
    for number in range(3):
        buffer.add(number)

    assert not buffer.flush()
    assert not buffer.flush()
    away = False
    buffer.add(3)
    assert buffer.flush()
    assert written == [0, 1, 2, 3]
    assert events(caplog) == ["buffer_waits", "buffer_written"]


def test_a_full_buffer_drops_the_oldest_and_counts_them() -> None:
    def away(entries: list[int]) -> None:
        for number in (5, 6):  # they come while it is being tried
            buffer.add(number)
        raise OperationalError

    written: list[int] = []
    buffer = Buffer("test", away, most=4)
    for number in range(5):
        buffer.add(number)
    assert (len(buffer), buffer.lost) == (4, 1)
    buffer.flush()
    assert (len(buffer), buffer.lost) == (4, 3)

    buffer.write = written.extend
    buffer.flush()
    assert written == [3, 4, 5, 6]


def test_what_the_database_will_never_take_does_not_stand_in_the_way(caplog: pytest.LogCaptureFixture) -> None:
    def write(entries: list[int]) -> None:
        if 1 in entries:
            raise DataError("out of range")
        written.extend(entries)

    written: list[int] = []
    buffer = Buffer("test", write, batch=1)
    for number in range(3):
        buffer.add(number)

    assert buffer.flush()
    assert (written, buffer.lost, events(caplog)) == ([0, 2], 1, ["buffer_refused"])


def test_a_batch_is_written_wholly_or_not_at_all() -> None:
    def write(entries: list[str]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE half_a_batch ()")
            cursor.execute("SELECT nothing")

    buffer = Buffer("test", write)
    buffer.add("entry")

    with transaction.atomic():
        assert not buffer.flush()
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass('half_a_batch')")
            assert cursor.fetchone() == (None,)


def test_many_threads_lose_nothing() -> None:
    written: list[int] = []
    buffer = Buffer("test", written.extend, batch=100)

    def work() -> None:
        for number in range(1_000):
            buffer.add(number)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        buffer.flush()
    buffer.flush()

    assert sorted(written) == sorted([*range(1_000)] * 8)


def test_in_tests_nothing_is_written_behind_ones_back() -> None:
    buffer = Buffer[int]("test", lambda _: pytest.fail("written by a thread"), seconds=0.01)
    buffer.add(1)
    time.sleep(0.05)

    assert len(buffer) == 1
    assert not [thread for thread in threading.enumerate() if thread.name == "test"]
    buffer.write = len
    buffer.flush()


def test_one_thread_writes_what_comes_and_goes_on_after_a_mistake(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.BUFFER_SECONDS = 0.02
    written: list[int] = []

    def write(entries: list[int]) -> None:
        if 0 in entries:
            raise ValueError("a mistake of ours")
        written.extend(entries)

    buffer = Buffer("thread of a test", write, batch=1)
    for number in range(3):
        buffer.add(number)
    wait_until(lambda: written == [1, 2])

    assert [thread.name for thread in threading.enumerate()].count("thread of a test") == 1
    assert events(caplog) == ["buffer_failed"]


def test_a_forked_process_begins_empty_and_with_a_thread_of_its_own() -> None:
    buffer = Buffer[int]("test", len)
    buffer.add(1)
    with buffer._lock:  # as another thread may, at the moment of the fork
        child = os.fork()
        if not child:
            signal.alarm(10)  # should it wait for ever
            try:
                buffer.add(2)
                os._exit(0 if list(buffer._entries) == [2] else 1)
            finally:
                os._exit(2)

    assert os.waitpid(child, 0)[1] == 0
    assert list(buffer._entries) == [1]
    buffer.flush()


APP = """
import django
from django.conf import settings

url = {database!r}
settings.configure(BUFFER_SECONDS=600, DATABASES={{"default": {{**url, "OPTIONS": {{**{options!r}, "pool": True}}}}}})
django.setup()
from django.db import connection
from subscribers.buffer import Buffer


def write(entries):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'from the database'")
        with open({file!r}, "a") as file:
            file.write("".join(entries) + cursor.fetchone()[0])


buffer = Buffer("test", write)


def application(environ, start_response):
    buffer.add(environ["PATH_INFO"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    connection.close()
    start_response("200 OK", [("Content-Length", "0")])
    return []
"""


def test_a_worker_of_gunicorn_that_is_told_to_end_writes_what_it_has(tmp_path: Path) -> None:
    database = {name: connection.settings_dict[name] for name in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")}
    # A DATABASE_URL may name the folder of a socket in its query.
    options = {name: value for name, value in connection.settings_dict["OPTIONS"].items() if name == "host"}
    app = APP.format(database=database, options=options, file=str(tmp_path / "written"))
    (tmp_path / "app.py").write_text(app)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", "--worker-class=gthread", "--threads=2", "--no-control-socket"]
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    process = subprocess.Popen([*command, f"--bind={address}", "app:application"], cwd=tmp_path, env=environment)
    try:
        wait_until(lambda: is_open(port))
        for number in range(3):
            assert requests.get(f"http://{address}/{number}", timeout=5).status_code == 200
        process.terminate()  # as Docker and systemd do; a quick end (SIGINT) may come too soon for that
        process.wait(30)
    finally:
        process.kill()
        process.wait(10)

    assert (tmp_path / "written").read_text() == "/0/1/2from the database"


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
