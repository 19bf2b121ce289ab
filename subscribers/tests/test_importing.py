"""Subscribers from a CSV file: by the rules of the API, each row on its own, the same again without a change."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel
from channels.tests.factories import make_channel
from subscribers.csv import importing
from subscribers.csv.export import export
from subscribers.csv.format import Problem
from subscribers.csv.importing import Totals, import_all
from subscribers.csv.words import say
from subscribers.models import OutboxEntry, Subscriber
from subscribers.tests.factories import make_subscriber
from subscribers.tests.import_steps import checked, counts, csv_of, imported, rejects

pytestmark = pytest.mark.django_db
ALL = "agreement_number,last_name,first_name,status,max_sessions,valid_from,valid_until,tariffs,packages,channels"
MORE = "username,email,external_id,notes"


def test_a_new_row_makes_a_user_with_all_that_it_says(settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Moscow"
    tariff, package, channel = make_tariff(name="Basic"), make_package(name="News; Sport"), make_channel()
    row = f'A-1,Ёлкина,Анна,disabled,3,01.01.2026,31.12.2026,Basic,"""News; Sport""",{channel.stream_name}'

    imported(csv_of(f"{row},elka,anna@example.com,77,'=notes", columns=f"{ALL},{MORE}"))

    user = Subscriber.objects.get()
    assert (user.last_name, user.first_name, user.status, user.max_sessions) == ("Ёлкина", "Анна", "disabled", 3)
    assert user.valid_from == datetime(2025, 12, 31, 21, tzinfo=UTC)
    assert user.valid_until == datetime(2026, 12, 31, 20, 59, 59, tzinfo=UTC)
    assert ([*user.tariffs.all()], [*user.packages.all()], [*user.channels.all()]) == ([tariff], [package], [channel])
    assert (user.username, user.email, user.external_id, user.notes) == ("elka", "anna@example.com", "77", "=notes")
    assert OutboxEntry.objects.get().token == user.token


def test_a_new_user_gets_the_defaults_for_what_is_empty(settings: Settings) -> None:
    settings.DEFAULT_MAX_SESSIONS, settings.DEFAULT_EXPIRY_DAYS = 4, 30

    imported(csv_of("A-1,x,y,,,,,,,", columns=ALL))

    user = Subscriber.objects.get()
    assert (user.max_sessions, user.status) == (4, "enabled")
    assert user.valid_until


def test_an_empty_cell_changes_nothing_of_a_known_user() -> None:
    make_subscriber(agreement_number="A-1", notes="pays late", max_sessions=5, tariffs=[make_tariff()])

    run = imported(csv_of("A-1,New,,,,,,,,", columns=ALL))

    user = Subscriber.objects.get()
    assert (user.last_name, user.first_name, user.max_sessions, user.notes) == ("New", "Test", 5, "pays late")
    assert user.tariffs.count() == 1
    assert counts(run) == {"updated": 1}


def test_a_dash_empties_what_may_be_empty() -> None:
    things: dict[str, Any] = {"tariffs": [make_tariff()], "packages": [make_package()], "channels": [make_channel()]}
    texts: dict[str, Any] = {"username": "anna", "external_id": "7", "email": "a@example.com", "notes": "x"}
    make_subscriber(agreement_number="A-1", valid_until="2030-01-01T00:00Z", **things, **texts)

    imported(csv_of("A-1,,,,,-,-,-,-,-,-,-,-,-", columns=f"{ALL},{MORE}"))

    user = Subscriber.objects.get()
    assert (user.username, user.external_id, user.email, user.notes, user.valid_until) == (None, None, "", "", None)
    assert not any(getattr(user, name).exists() for name in things)


def test_the_same_file_again_changes_nothing() -> None:
    content = csv_of("A-1,x,y,,2,,2027-01-01,,,", "A-2,x,y,,,,,,,", columns=ALL)
    assert counts(imported(content)) == {"created": 2}
    OutboxEntry.objects.all().delete()
    before = list(Subscriber.objects.values())

    assert counts(imported(content)) == {"unchanged": 2}

    assert list(Subscriber.objects.values()) == before
    assert not OutboxEntry.objects.exists()


def test_what_is_held_is_replaced_by_what_is_named() -> None:
    old, kept, new = (make_tariff(name=name) for name in ("Old", "Kept", "New"))
    user = make_subscriber(agreement_number="A-1", tariffs=[old, kept])

    imported(csv_of("A-1,Kept; New", columns="agreement_number,tariffs"))

    assert set(user.tariffs.all()) == {kept, new}


def test_each_fault_is_told_with_line_field_and_reason() -> None:
    make_subscriber(username="taken", agreement_number="A-0")
    make_subscriber(agreement_number="A-9", valid_from="2026-06-01T00:00Z")
    columns = "agreement_number,last_name,first_name,max_sessions,valid_until,tariffs,username,email"

    run = checked(
        csv_of(
            "A-1,x,y,101,31/12/2026,Basic; Gold,,nobody",
            "A-2,x,y,,,,taken,",
            "A-3,,y,,,,,",
            ",x,y,,,,,",
            "A-9,,,,2026-01-01,,,",
            "A-2,x,y,,,,,",
            "A-4,x,y,,,,,,too,many",
            "A-5,x,y,,,,,",
            columns=columns,
        )
    )

    assert rejects(run) == [
        (2, "max_sessions", "Ensure this value is less than or equal to 100."),
        (2, "valid_until", say(Problem("moment", {"text": "31/12/2026"}))),
        (2, "tariffs", "There is no tariff with this name: Basic, Gold."),
        (2, "email", "Enter a valid email address."),
        (3, "username", "Another subscriber has this user name."),
        (4, "last_name", "Nobody has this agreement number, and a new user needs this."),
        (5, "agreement_number", "This field is required."),
        (6, "valid_until", "The end of validity must lie after its beginning."),
        (7, "agreement_number", "Line 3 has the same agreement number: only the first row counts."),
        (8, "", say(Problem("too_many_cells", {"found": 10, "columns": 8}))),
    ]
    assert counts(run) == {"created": 1, "rejected": 7}


def test_rejected_rows_are_left_out_and_the_others_written() -> None:
    content = csv_of("A-1,x,y", "A-2,,", "A-3,x,y")

    assert counts(imported(content)) == {"created": 2, "rejected": 1}
    assert set(Subscriber.objects.values_list("agreement_number", flat=True)) == {"A-1", "A-3"}


@pytest.mark.parametrize("chunk", [1, 2, 500])
def test_a_check_knows_what_the_rows_before_would_take(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(importing, "CHUNK", chunk)
    make_subscriber(agreement_number="A-1", username="anna")
    content = csv_of(
        "A-1,x,y,boris", "A-2,x,y,anna", "A-3,x,y,boris", columns="agreement_number,last_name,first_name,username"
    )

    run = checked(content)

    assert counts(run) == {"created": 1, "updated": 1, "rejected": 1}
    assert rejects(run) == [(4, "username", "Another subscriber has this user name.")]
    assert counts(imported(content)) == counts(run)
    assert Subscriber.objects.get(username="anna").agreement_number == "A-2"


def test_a_check_writes_nothing() -> None:
    make_subscriber(agreement_number="A-1", last_name="Old")
    before = list(Subscriber.objects.values())
    OutboxEntry.objects.all().delete()

    assert counts(checked(csv_of("A-1,New,y", "A-2,x,y"))) == {"created": 1, "updated": 1}

    assert list(Subscriber.objects.values()) == before
    assert not OutboxEntry.objects.exists()


def test_hostile_cells_reach_nobody() -> None:
    nul = csv_of("A\0-1,x,y", 'A-2,"x\0",y', "A-3,x\u202ey,z" + "z" * 200, "A" * 300 + ",x,y")

    run = imported(nul)

    assert counts(run) == {"rejected": 4}
    assert {field for _, field, _ in rejects(run)} == {"agreement_number", "last_name", "first_name"}


def test_what_is_exported_is_imported_without_a_change(settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Moscow"
    make_subscriber(
        first_name="=1+1",
        last_name="-",
        agreement_number="@A;1",
        username="@7.900",
        external_id="'=x",
        notes='-\r\n"two" lines, and; more',
        valid_from="2026-03-01T10:11:12.131415Z",
        valid_until="2026-12-31T20:59:59Z",
        max_sessions=7,
        status="disabled",
        tariffs=[make_tariff(name="-"), make_tariff(name='"quoted"; and more')],
        packages=[make_package(name="=Sport")],
        channels=[make_channel(stream_name="a/b c;d"), make_channel()],
    )
    make_subscriber()
    content = b"".join(export(list(Subscriber.objects.values_list("pk", flat=True))))

    run = imported(content)

    assert (counts(run), rejects(run)) == ({"unchanged": 2}, [])
    Subscriber.objects.all().delete()
    assert counts(imported(content)) == {"created": 2}
    assert b"".join(export(list(Subscriber.objects.values_list("pk", flat=True)))) == content


def test_an_export_holds_no_token_and_no_password() -> None:
    user = make_subscriber(password_digest="digest")

    content = b"".join(export([user.pk])).decode("utf-8-sig")

    assert user.token not in content
    assert "digest" not in content


def test_where_the_database_refuses_all_together_each_row_is_tried_alone() -> None:
    """One statement for both gives the name to one user before it takes it from the other."""
    columns = "agreement_number,username"
    first = make_subscriber(agreement_number="1")
    second = make_subscriber(agreement_number="2", username="b")

    run = imported(csv_of("2,-", "1,b", columns=columns))

    assert counts(run) == {"updated": 2}
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.username, second.username) == ("b", None)


def queries(amount: int, start: int) -> int:
    tariff = make_tariff()
    rows = [f"B-{start + number},x,y,{tariff.name},{number}@example.com" for number in range(amount)]
    content = csv_of(*rows, columns="agreement_number,last_name,first_name,tariffs,email")
    import_all(content, dry_run=False, tell=print)
    changed = content.replace(b"@example.com", b"@example.org").replace(tariff.name.encode(), b"-")
    with CaptureQueriesContext(connection) as captured:
        assert import_all(content, dry_run=True, tell=print).unchanged == amount
        assert import_all(changed, dry_run=False, tell=print) == Totals(rows=amount, updated=amount)
        Subscriber.objects.filter(agreement_number__startswith="B-").delete()
        assert import_all(content, dry_run=False, tell=print).created == amount
    return len(captured)


def test_a_chunk_takes_the_same_queries_for_2_rows_and_20() -> None:
    queries(1, 0)

    assert queries(2, 100) == queries(20, 200)


def test_an_export_takes_the_same_queries_for_2_rows_and_20() -> None:
    def taken(amount: int) -> int:
        users = [make_subscriber(tariffs=[make_tariff()], channels=[make_channel()]).pk for _ in range(amount)]
        with CaptureQueriesContext(connection) as captured:
            assert b"".join(export(users)).count(b"\r\n") == amount + 1
        return len(captured)

    assert taken(2) == taken(20) == 4
    assert Channel.objects.count() == 22
