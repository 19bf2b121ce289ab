"""What the API changes is kept with who did it, by which way, and why."""

from typing import Any

import pytest
from django.apps import apps

from channels.tests.factories import make_group
from playlist_project.tests.api_client import by_session, by_token, data_of, error_of, make_staff

pytestmark = pytest.mark.django_db


def contexts(model: str = "channels.GroupEvent", label: str = "update") -> list[Any]:
    events = apps.get_model(model).objects.filter(pgh_label=label).order_by("pgh_id")
    return [event.pgh_context and event.pgh_context.metadata for event in events]


@pytest.mark.parametrize("by", [by_session, by_token])
def test_a_change_is_kept_with_the_account_and_the_way(by: Any) -> None:
    user = make_staff("channels.change_group")

    data_of(by(user).call("PATCH", f"groups/{make_group().pk}", {"name": "News"}))

    assert contexts() == [{"actor": user.username, "way": "api"}]


def test_a_token_beside_the_session_of_another_says_who_it_was() -> None:
    owner, other = make_staff("channels.change_group"), make_staff("channels.change_group")
    client = by_token(owner)
    client.force_login(other)

    data_of(client.call("PATCH", f"groups/{make_group().pk}", {"name": "News"}))

    assert contexts() == [{"actor": owner.username, "way": "api"}]


def test_each_request_has_a_context_of_its_own() -> None:
    users = [make_staff("channels.change_group") for _ in range(2)]
    group = make_group()

    data_of(by_token(users[0]).call("PATCH", f"groups/{group.pk}", {"name": "One"}, X_Reason="a wish"))
    data_of(by_token(users[1]).call("PATCH", f"groups/{group.pk}", {"name": "Two"}))

    assert contexts() == [
        {"actor": users[0].username, "way": "api", "reason": "a wish"},
        {"actor": users[1].username, "way": "api"},
    ]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("ticket 4711", "ticket 4711"),
        ("оплата".encode().decode("latin-1"), "оплата"),
        ("café", "café"),
        ("a\tb\x85c", "a b c"),
        ("x" * 500, "x" * 500),
        ("я".encode().decode("latin-1") * 500, "я" * 500),
    ],
)
def test_a_reason_is_kept(header: str, reason: str) -> None:
    client = by_token(make_staff("channels.add_group"))

    data_of(client.call("POST", "groups", {"name": "News"}, X_Reason=header), 201)

    assert contexts(label="insert")[0]["reason"] == reason


def test_a_reason_that_is_too_long_is_invalid() -> None:
    client = by_token(make_staff("channels.add_group"))

    error = error_of(client.call("POST", "groups", {"name": "News"}, X_Reason="x" * 501), 422)

    assert list(error["fields"]) == ["X-Reason"]
