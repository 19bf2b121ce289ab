"""The change feed and the explanation by the API."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel
from channels.tests.factories import make_channel, make_group
from playlist_project.tests.admin_pages import make_rows
from playlist_project.tests.api_client import ApiClient, by_token, data_of, error_of, make_staff
from subscribers.services import rotate_token
from subscribers.tests.factories import make_subscriber
from subscribers.tests.feed_steps import ONE_AFTER_THE_OTHER, settle

commits = pytest.mark.django_db(transaction=True)
pytestmark = ONE_AFTER_THE_OTHER
uncommitted = pytest.mark.django_db


@pytest.fixture
def client() -> ApiClient:
    return by_token(make_staff(is_superuser=True, username="olga"))


def read(client: ApiClient, query: str = "") -> dict[str, Any]:
    settle()
    data: dict[str, Any] = data_of(client.call("GET", f"events?{query}"), 200)
    return data


@commits
def test_a_program_follows_what_happens(client: ApiClient) -> None:
    make_package(name="Basic")
    start = read(client, "since=now")
    assert start["items"] == []
    package = data_of(client.call("POST", "packages", {"name": "Extra"}, X_Reason="a new offer"), 201)

    page = read(client, f"since={start['next_cursor']}")

    (event,) = page["items"]
    assert event.pop("id") > 0
    assert event.pop("at").endswith("Z")
    assert event == {
        "actor": "olga",
        "way": "api",
        "reason": "a new offer",
        "action": "created",
        "object": {"type": "package", "id": package["id"], "name": "Extra"},
        "other": None,
        "before": {},
        "after": {"name": "Extra", "description": None},
    }
    assert not page["has_more"]
    assert read(client, f"since={page['next_cursor']}")["items"] == []


@commits
def test_pages_lead_through_everything_once(client: ApiClient) -> None:
    make_rows(3)
    whole = read(client, "limit=1000")
    cursor, ids = "", []
    while True:
        page = read(client, f"limit=7&since={cursor}")
        ids += [event["id"] for event in page["items"]]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break

    assert ids == [event["id"] for event in whole["items"]]
    assert len(ids) == len(set(ids)) > 20


@commits
def test_values_are_plain_and_secrets_are_hidden(client: ApiClient) -> None:
    group = make_group(name="News")
    make_channel()
    subscriber = make_subscriber()
    start = read(client, "since=now")["next_cursor"]
    Channel.objects.update(group=group)
    rotate_token(subscriber)

    channel_event, token_event = read(client, f"since={start}")["items"]

    assert channel_event["before"] == {"group": None}
    assert channel_event["after"] == {"group": {"type": "group", "id": group.pk, "name": "News"}}
    assert token_event["before"] == token_event["after"] == {"token": "***"}


@commits
def test_events_can_be_narrowed(client: ApiClient) -> None:
    package = make_package(channels=[make_channel()])
    make_package()

    assert len(read(client, "type=package")["items"]) == 3
    assert len(read(client, f"type=package&id={package.pk}")["items"]) == 2


@uncommitted
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=x", "since"),
        ("since=" + "A" * 32, "since"),
        ("since=" + "A" * 101, "since"),
        ("since=%00", "since"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=five", "limit"),
        ("limit=%D9%A5", "limit"),
        ("type=user", "type"),
        ("type=", "type"),
        ("id=0", "id"),
        ("id=", "id"),
        ("id=99999999999999999999", "id"),
    ],
)
def test_bad_parameters_are_named(client: ApiClient, query: str, field: str) -> None:
    error = error_of(client.call("GET", f"events?{query}"), 422)

    assert (error["code"], list(error["fields"])) == ("VALIDATION_ERROR", [field])


@commits
def test_any_number_of_events_takes_the_same_queries(client: ApiClient) -> None:
    client.call("GET", "events")  # the token's first use is noted
    counts = []
    for amount in (2, 18):
        make_rows(amount)
        settle()
        with CaptureQueriesContext(connection) as captured:
            data_of(client.call("GET", "events?limit=1000"), 200)
        counts.append(len(captured))

    assert counts[0] == counts[1]


@uncommitted
def test_why_not(client: ApiClient) -> None:
    channel = make_channel(stream_name="news")
    package = make_package(name="Basic", channels=[channel])
    tariff = make_tariff(name="Family", packages=[package])
    subscriber = make_subscriber(status="disabled")

    facts = data_of(client.call("GET", f"users/{subscriber.pk}/explain?channel_id={channel.pk}"), 200)

    assert (facts["has"], facts["obstacles"]) == (False, ["disabled", "no_path"])
    assert facts["offers"] == [
        {"package": {"id": package.pk, "name": "Basic"}, "tariffs": [{"id": tariff.pk, "name": "Family"}]}
    ]
    assert facts["auth_sync"] == {"state": "not_configured", "since": None, "error": ""}
    assert "The subscriber is disabled." in facts["sentences"]


@uncommitted
@pytest.mark.parametrize("query", ["", "channel_id=", "channel_id=x", "channel_id=0", "channel_id=999999999"])
def test_the_channel_has_to_be_one(client: ApiClient, query: str) -> None:
    error = error_of(client.call("GET", f"users/{make_subscriber().pk}/explain?{query}"), 422)

    assert list(error["fields"]) == ["channel_id"]
