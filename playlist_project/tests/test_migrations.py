"""Models and migrations say the same."""

import pytest
from django.core.management import call_command
from django.db import connection

from playlist_project.tests.processes import database_url, start_command


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("command", ["sync_channels", "check_access", "worker"])
def test_a_command_on_an_empty_database_says_to_migrate_first(command: str) -> None:
    name = f"{connection.settings_dict['NAME']}_empty"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        with start_command(command, DATABASE_URL=database_url(name), FLUSSONIC_URL="http://127.0.0.1:1") as process:
            output = process.communicate(timeout=60)[0]
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    assert "The database is not up to date: run manage.py migrate" in output.splitlines()[0]
    assert process.returncode == 1
