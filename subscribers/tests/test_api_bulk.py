"""Many users in one request."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.tests.factories import make_package, make_tariff
from channels.tests.factories import make_channel
from playlist_project.tests.api_client import ApiClient, by_token, data_of, error_of, make_staff
from subscribers.models import OutboxEntry, Subscriber
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
ADD, CHANGE = "subscribers.add_subscriber", "subscribers.change_subscriber"


@pytest.fixture
def billing() -> ApiClient:
    return by_token(make_staff(ADD, CHANGE))


def person(number: str, **fields: Any) -> dict[str, Any]:
    return {"agreement_number": number, "first_name": "Анна", "last_name": "Иванова", **fields}


def send(client: ApiClient, *users: Any, dry_run: bool = False, **headers: str) -> Any:
    return data_of(client.call("POST", "users/bulk", {"users": users, "dry_run": dry_run}, **headers))


def changes_on_record() -> int:
    return int(apps.get_model("subscribers", "SubscriberEvent").objects.count())


def results(answer: Any) -> list[str]:
    return [row["result"] for row in answer["results"]]


def test_who_is_new_is_created_and_who_is_known_is_changed(billing: ApiClient) -> None:
    tariff, package, channel = make_tariff(), make_package(), make_channel()
    known = make_subscriber(agreement_number="A-1", last_name="Old", notes="pays late", packages=[package])
    holdings = {"tariff_ids": [tariff.pk], "package_ids": [], "channel_ids": [channel.pk]}

    answer = send(billing, {"agreement_number": "A-1", "last_name": "New", **holdings}, person("A-2", **holdings))

    known.refresh_from_db()
    new = Subscriber.objects.get(agreement_number="A-2")
    assert answer == {
        "dry_run": False,
        "created": 1,
        "updated": 1,
        "unchanged": 0,
        "failed": 0,
        "results": [
            {"index": 0, "agreement_number": "A-1", "result": "updated", "id": known.pk, "error": None},
            {"index": 1, "agreement_number": "A-2", "result": "created", "id": new.pk, "error": None},
        ],
    }
    assert (known.last_name, known.notes, known.first_name) == ("New", "pays late", "Test")
    for user in (known, new):
        assert (set(user.tariffs.all()), set(user.packages.all()), set(user.channels.all())) == (
            {tariff},
            set(),
            {channel},
        )
    assert set(OutboxEntry.objects.values_list("token", flat=True)) == {known.token, new.token}


def test_the_same_again_changes_nothing(billing: ApiClient) -> None:
    user = person("A-1", tariff_ids=[make_tariff().pk], valid_until="2030-01-01T00:00:00Z")
    send(billing, user)
    OutboxEntry.objects.all().delete()
    before = Subscriber.objects.get().updated_at

    assert results(send(billing, user)) == ["unchanged"]

    assert Subscriber.objects.get().updated_at == before
    assert not OutboxEntry.objects.exists()


def test_one_who_is_refused_keeps_nothing_from_the_others(billing: ApiClient) -> None:
    make_subscriber(username="anna", agreement_number="A-0")
    known = make_subscriber(agreement_number="A-5", last_name="Old", valid_from="2030-01-01T00:00:00Z")
    late = {"agreement_number": "A-5", "last_name": "New", "valid_until": "2029-01-01T00:00:00Z"}

    answer = send(
        billing,
        person("A-1"),
        person("A-2", username="anna", tariff_ids=[make_tariff().pk]),
        person("A-3", tariff_ids=[2**40]),
        {"agreement_number": "A-4", "first_name": "Anna"},
        late,
        person("A-1", first_name="Again"),
        person("A-6", colour="red"),
        {"first_name": "Nobody"},
        person("A-7"),
    )

    assert results(answer) == ["created", *["failed"] * 7, "created"]
    assert (answer["created"], answer["failed"]) == (2, 7)
    errors = [row["error"] for row in answer["results"]]
    assert [(error["code"], *error["fields"]) for error in errors if error] == [
        ("DUPLICATE_ENTRY", "username"),
        ("VALIDATION_ERROR", "tariff_ids"),
        ("VALIDATION_ERROR", "last_name"),
        ("VALIDATION_ERROR", "valid_until"),
        ("VALIDATION_ERROR", "agreement_number"),
        ("VALIDATION_ERROR", "colour"),
        ("VALIDATION_ERROR", "last_name", "agreement_number"),
    ]
    assert Subscriber.objects.get(agreement_number="A-1").first_name == "Анна"
    known.refresh_from_db()
    assert known.last_name == "Old"
    assert not Subscriber.objects.filter(agreement_number="A-2").exists()


def test_a_dry_run_says_the_same_and_writes_nothing(billing: ApiClient) -> None:
    known = make_subscriber(agreement_number="A-1", last_name="Old")
    OutboxEntry.objects.all().delete()
    events = changes_on_record()
    users = [person("A-1"), person("A-2", tariff_ids=[make_tariff().pk]), person("A-3", max_sessions=0)]

    tried = send(billing, *users, dry_run=True)

    assert (Subscriber.objects.get().last_name, changes_on_record()) == ("Old", events)
    assert not OutboxEntry.objects.exists()
    assert [row["id"] for row in tried["results"]] == [known.pk, None, None]
    done = send(billing, *users)
    assert (tried.pop("dry_run"), done.pop("dry_run")) == (True, False)
    for answer in (tried, done):
        for row in answer["results"]:
            del row["id"]
    assert tried == done


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "users"),
        ({"users": []}, "users"),
        ({"users": ["A-1"]}, "users.0"),
        ({"users": [{}] * 1001}, "users"),
        ({"users": [{}], "dry_run": "yes"}, "dry_run"),
    ],
)
def test_a_request_that_is_no_list_of_users_is_refused(billing: ApiClient, body: Any, field: str) -> None:
    assert list(error_of(billing.call("POST", "users/bulk", body), 422)["fields"]) == [field]


@pytest.mark.parametrize("permission", [ADD, CHANGE])
def test_both_permissions_are_needed(permission: str) -> None:
    client = by_token(make_staff(permission))

    assert error_of(client.call("POST", "users/bulk", {"users": [person("A-1")]}), 403)["code"] == "FORBIDDEN"


def queries(client: ApiClient, amount: int) -> int:
    """Return how many queries so many changes and so many new users take."""
    tariff, package = make_tariff(), make_package()
    known = [make_subscriber(packages=[package]).agreement_number for _ in range(amount)]
    new = [f"{number}-new" for number in known]
    with CaptureQueriesContext(connection) as context:
        answer = send(client, *(person(number, tariff_ids=[tariff.pk], package_ids=[]) for number in known + new))
    assert (answer["created"], answer["updated"]) == (amount, amount)
    return len(context)


def test_2_users_and_20_take_the_same_queries(billing: ApiClient) -> None:
    billing.call("GET", "auth/me")

    assert queries(billing, 2) == queries(billing, 20)


def test_users_who_are_unchanged_are_only_read(billing: ApiClient) -> None:
    users = [person(f"A-{number}", tariff_ids=[]) for number in range(20)]
    send(billing, *users)

    with CaptureQueriesContext(connection) as context:
        assert send(billing, *users)["unchanged"] == 20

    assert not [query for query in context.captured_queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_where_the_database_refuses_all_together_each_user_is_tried_alone(billing: ApiClient) -> None:
    """One statement for both gives the name to one user before it takes it from the other."""
    make_subscriber(agreement_number="A-1")
    make_subscriber(agreement_number="A-2", username="anna")

    answer = send(
        billing, {"agreement_number": "A-2", "username": None}, {"agreement_number": "A-1", "username": "anna"}
    )

    assert results(answer) == ["updated", "updated"]
    assert Subscriber.objects.get(username="anna").agreement_number == "A-1"
