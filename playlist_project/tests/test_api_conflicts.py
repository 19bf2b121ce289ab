"""Two at the same time: the database has the last word, and the API says it in its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import psycopg
import pytest
from django.db import connection
from rest_framework.validators import UniqueValidator

from catalog.models import Tariff
from catalog.tests.factories import make_package, make_tariff
from channels.models import Group
from channels.tests.factories import make_group
from playlist_project.tests.api_client import by_token, data_of, error_of, make_staff
from playlist_project.tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@contextmanager
def another() -> Iterator[psycopg.Connection]:
    """A connection of somebody else."""
    with psycopg.connect(**connection.get_connection_params()) as other:
        yield other
        other.rollback()


def somebody_waits(other: psycopg.Connection) -> bool:
    row = other.execute(WAITING).fetchone()
    return row is not None and row[0] > 0


class Meanwhile(Thread):
    """A request that runs while the test goes on."""

    def __init__(self, *call: Any) -> None:
        super().__init__()
        self.client = by_token(make_staff(is_superuser=True))
        self.arguments = call
        self.response: Any = None

    def run(self) -> None:
        self.response = self.client.call(*self.arguments)
        connection.close()


def test_a_name_that_another_takes_at_that_moment_is_a_duplicate() -> None:
    request = Meanwhile("POST", "groups", {"name": "News"})
    with another() as other:
        other.execute(
            "INSERT INTO channels_group (name, sort_order, created_at, updated_at) VALUES ('News', 1, now(), now())"
        )
        request.start()
        wait_until(lambda: somebody_waits(other))
        other.commit()
        request.join()

    error = error_of(request.response, 409)
    assert error["code"] == "DUPLICATE_ENTRY"
    assert error["fields"] == {"name": ["A group has this name already."]}
    assert Group.objects.count() == 1


def test_a_duplicate_that_only_the_database_sees_is_named_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UniqueValidator, "__call__", lambda *args: None)
    make_group(name="News")

    error = error_of(by_token(make_staff(is_superuser=True)).call("POST", "groups", {"name": "News"}), 409)

    assert error["fields"] == {"name": ["A group has this name already."]}


def test_a_package_that_is_deleted_at_that_moment_is_told_as_missing() -> None:
    package = make_package()
    request = Meanwhile("POST", "tariffs", {"name": "Home", "package_ids": [package.pk]})
    with another() as other:
        other.execute("DELETE FROM catalog_package WHERE id = %s", [package.pk])
        request.start()
        wait_until(lambda: somebody_waits(other))
        other.commit()
        request.join()

    assert error_of(request.response, 422)["fields"].keys() == {"package_ids"}
    assert not Tariff.objects.exists()


def test_a_tariff_that_gets_a_holder_while_it_is_deleted_is_deleted_all_the_same() -> None:
    package, tariff = make_package(), make_tariff()
    request = Meanwhile("DELETE", f"packages/{package.pk}")
    with another() as other:
        other.execute(
            "INSERT INTO catalog_tariff_packages (tariff_id, package_id) VALUES (%s, %s)", [tariff.pk, package.pk]
        )
        request.start()
        wait_until(lambda: somebody_waits(other))
        other.commit()
        request.join()

    data_of(request.response)
    assert not tariff.packages.exists()


def test_a_deadlock_is_tried_again() -> None:
    one, two = make_group(sort_order=1), make_group(sort_order=2)
    order = [{"id": one.pk, "sort_order": 5}, {"id": two.pk, "sort_order": 4}]
    request = Meanwhile("POST", "groups/reorder", {"order": order})
    with another() as other:
        # Of two who wait for each other, the one whose patience ends first is told: that is to be the request.
        other.execute("SET LOCAL deadlock_timeout = '1h'")
        other.execute("UPDATE channels_group SET updated_at = now() WHERE id = %s", [two.pk])
        request.start()
        wait_until(lambda: somebody_waits(other))
        other.execute("UPDATE channels_group SET updated_at = now() WHERE id = %s", [one.pk])
        other.commit()
        request.join()

    data_of(request.response)
    assert list(Group.objects.values_list("pk", "sort_order")) == [(two.pk, 4), (one.pk, 5)]
