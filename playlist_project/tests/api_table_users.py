"""Users."""

from typing import Any

from channels.tests.factories import make_channel
from playlist_project.tests.api_table import Endpoint
from subscribers.models import Subscriber
from subscribers.tests.factories import make_subscriber

VIEW, ADD, CHANGE, DELETE = (f"subscribers.{verb}_subscriber" for verb in ("view", "add", "change", "delete"))
VIEW_TOKEN = "subscribers.view_token"
ANNA = {"first_name": "Анна", "last_name": "Иванова", "agreement_number": "A-100/7"}


def make_user(**fields: Any) -> Subscriber:
    return make_subscriber(channels=[make_channel()], **fields)


def make_known_user() -> Subscriber:
    return make_user(external_id="billing/17")


INVALID_CHANGES: dict[str, Any] = {
    "agreement_number": {"agreement_number": None},
    "username": {"username": "анна"},
    "status": {"status": "lapsed"},
    "max_sessions": {"max_sessions": 0},
    "token": {"token": "of-my-own-choice"},
    "valid_until": {"valid_from": "2026-12-01T00:00:00Z", "valid_until": "2026-11-01T00:00:00Z"},
    "package_ids": {"package_ids": [2**40]},
    "tariff_ids.0": {"tariff_ids": ["1"]},
    "colour": {"colour": "red"},
}
ENDPOINTS = [
    Endpoint("GET", "users", (VIEW,), row=make_user),
    Endpoint(
        "POST",
        "users",
        (ADD,),
        row=make_user,
        body=lambda user: ANNA,
        status=201,
        invalid={
            "first_name": {**ANNA, "first_name": ""},
            "agreement_number": {"first_name": "Anna", "last_name": "Ivanova"},
            "channel_ids": {**ANNA, "channel_ids": [2**40]},
        },
        duplicate=lambda user: {**ANNA, "agreement_number": user.agreement_number},
    ),
    Endpoint(
        "POST",
        "users/bulk",
        (ADD, CHANGE),
        row=make_user,
        body=lambda user: {"users": [{"agreement_number": user.agreement_number, "status": "disabled"}]},
        invalid={"users": {"users": []}, "users.0": {"users": [1]}, "tariffs": {"users": [ANNA], "tariffs": []}},
    ),
    Endpoint("GET", "users/{pk}", (VIEW,), row=make_user),
    Endpoint(
        "PATCH",
        "users/{pk}",
        (CHANGE,),
        row=make_user,
        body=lambda user: {"status": "disabled"},
        invalid=INVALID_CHANGES,
        duplicate=lambda user: {"agreement_number": make_user().agreement_number},
    ),
    Endpoint("DELETE", "users/{pk}", (DELETE,), row=make_user),
    Endpoint("GET", "users/{pk}/cascade-info", (VIEW,), row=make_user),
    Endpoint("POST", "users/{pk}/regenerate-token", (CHANGE,), row=make_user),
    Endpoint(
        "POST",
        "users/{pk}/extend",
        (CHANGE,),
        row=make_user,
        body=lambda user: {"days": 30},
        invalid={"days": {"days": 0}},
    ),
    Endpoint(
        "POST",
        "users/{pk}/password",
        (CHANGE, VIEW_TOKEN),
        row=make_user,
        body=lambda user: {"password": "a-long-password"},
        invalid={"password": {"password": "a long password"}},
    ),
    Endpoint("DELETE", "users/{pk}/password", (CHANGE, VIEW_TOKEN), row=make_user),
    Endpoint("POST", "users/{pk}/sync", (CHANGE,), row=make_user, needs="auth_service"),
    Endpoint("GET", "users/{pk}/resolved-channels", (VIEW,), row=make_user),
    Endpoint("GET", "users/{pk}/playlist", (VIEW, VIEW_TOKEN), row=make_user, download=True),
    Endpoint("GET", "users/{pk}/playlist/preview", (VIEW, VIEW_TOKEN), row=make_user),
    Endpoint("GET", "users/by-external-id/{external_id}", (VIEW,), row=make_known_user),
    Endpoint(
        "PATCH",
        "users/by-external-id/{external_id}",
        (CHANGE,),
        row=make_known_user,
        body=lambda user: {"max_sessions": 3},
        invalid=INVALID_CHANGES,
        duplicate=lambda user: {"username": make_user(username="anna").username},
    ),
]
