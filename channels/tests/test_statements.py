"""Statements that are planned once."""

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from channels.statements import prepared_cursor

pytestmark = pytest.mark.django_db


def ask(number: int) -> int:
    with prepared_cursor() as cursor:
        cursor.execute("SELECT %s::int + 1 AS planned_once", [number])
        return int(cursor.fetchone()[0])


def test_a_statement_that_runs_often_is_planned_once() -> None:
    assert [ask(number) for number in range(7)] == list(range(1, 8))

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%planned_once%'")
        assert cursor.fetchone()[0] >= 1


def test_it_counts_as_a_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        ask(1)
