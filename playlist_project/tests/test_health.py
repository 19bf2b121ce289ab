"""What the health checks answer, with the database there, half there and gone."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from subscribers.models import OutboxEntry
from subscribers.tests.factories import make_subscriber


def give_a_sign_of_life(*, seconds_ago: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)",
            [timezone.now() - timedelta(seconds=seconds_ago)],
        )


def test_healthz_answers_without_a_database(client: Client) -> None:
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.django_db
def test_health_checks_come_without_https_and_from_this_machine(client: Client, settings: Settings, path: str) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert client.get(path, headers={"host": "127.0.0.1:8080"}).status_code == 200


@pytest.mark.django_db
def test_readyz_tells_how_the_work_stands(client: Client) -> None:
    give_a_sign_of_life(seconds_ago=70)
    give_a_sign_of_life(seconds_ago=4)
    make_subscriber()
    hours = {name: timezone.now() - timedelta(hours=age) for name, age in (("stale_since", 2), ("failing_since", 1))}
    OutboxEntry.objects.update(**hours)

    answer = client.get("/readyz").json()

    assert answer["worker_heartbeat_age"] == pytest.approx(4, abs=2)
    assert answer["outbox"]["size"] == 1
    assert answer["outbox"]["oldest_age"] == pytest.approx(7200, abs=5)
    assert answer["outbox"]["failing_age"] == pytest.approx(3600, abs=5)


@pytest.mark.django_db
def test_readyz_is_content_where_nothing_waits_and_no_worker_ran(client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "ready": True,
        "database": "ok",
        "migrations": "ok",
        "worker_heartbeat_age": None,
        "outbox": {"size": 0, "oldest_age": None, "failing_age": None},
    }


@pytest.mark.django_db
def test_readyz_waits_for_migrations(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'subscribers'")

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["migrations"].endswith("to apply")


def test_readyz_names_no_host_when_the_database_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere/secret-host")

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"ready": False, "database": "unreachable"}


@pytest.mark.parametrize(
    ("seconds_ago", "complaint"),
    [(5, None), (90, "The last sign of life of a worker is 90 s old."), (None, "No worker runs.")],
    ids=["fresh", "old", "none"],
)
@pytest.mark.django_db
def test_check_worker_fails_without_a_fresh_sign_of_life(seconds_ago: float | None, complaint: str | None) -> None:
    if seconds_ago is not None:
        give_a_sign_of_life(seconds_ago=seconds_ago)

    if complaint is None:
        call_command("check_worker", verbosity=0)
    else:
        with pytest.raises(CommandError, match=complaint):
            call_command("check_worker")
