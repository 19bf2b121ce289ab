"""Connections of the pool: a dead one is noticed without asking the server about each living one."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from playlist_project.postgres.base import DatabaseWrapper, check_connection


@pytest.fixture
def opened(db: None) -> Iterator["psycopg.Connection[Any]"]:
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        yield other


class Questions:
    """Counts what a connection is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        ask = psycopg.Connection.execute

        def execute(*args: Any, **kwargs: Any) -> Any:
            self.asked += 1
            return ask(*args, **kwargs)

        monkeypatch.setattr(psycopg.Connection, "execute", execute)


def test_a_connection_that_works_is_asked_nothing(
    opened: "psycopg.Connection[Any]", monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = Questions(monkeypatch)
    check_connection(opened)

    assert questions.asked == 0


def test_a_connection_that_the_server_has_ended_is_refused(opened: "psycopg.Connection[Any]") -> None:
    pid = opened.info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    with pytest.raises(psycopg.OperationalError):
        check_connection(opened)


def test_a_notice_that_came_unasked_ends_no_connection(opened: "psycopg.Connection[Any]") -> None:
    opened.execute("LISTEN something")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('something', 'happened')")
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as third:
        third.execute("NOTIFY something")
    check_connection(opened)

    assert opened.execute("SELECT 1").fetchone() == (1,)


def test_the_pool_looks_at_its_connections_so() -> None:
    wrapper = DatabaseWrapper(
        {
            **connection.settings_dict,
            "OPTIONS": {**connection.settings_dict["OPTIONS"], "pool": {"min_size": 1, "max_size": 1}},
            "CONN_HEALTH_CHECKS": True,
        },
        "pooled",
    )
    try:
        assert wrapper.pool is not None
        assert wrapper.pool._check is check_connection
    finally:
        wrapper.close_pool()
