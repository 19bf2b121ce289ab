"""Users in the REST API: what the table of all endpoints does not tell."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from catalog.tests.factories import make_package, make_tariff
from channels.tests.factories import make_channel, make_channels, make_group
from demo.auth_service import AuthServiceStandIn
from playlist_project.tests.api_client import ApiClient, by_token, data_of, error_of, make_staff
from subscribers.models import Subscriber
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
VERBS = ("view", "add", "change", "delete")
PERMISSIONS = [f"subscribers.{name}" for name in ("view_token", *(f"{verb}_subscriber" for verb in VERBS))]


@pytest.fixture
def billing() -> ApiClient:
    return by_token(make_staff(*PERMISSIONS))


def test_a_user_is_created_in_one_call_with_all_assignments_and_delivered(
    billing: ApiClient, auth_service: AuthServiceStandIn
) -> None:
    own, packaged = make_channel(), make_channel()
    package = make_package(channels=[packaged])
    tariff = make_tariff(packages=[package])
    body = {
        "first_name": "Анна",
        "last_name": "Иванова",
        "agreement_number": "A-100/7",
        "valid_until": "2030-01-01T03:00:00+03:00",
        "max_sessions": 2,
        "external_id": "crm-7",
        "tariff_ids": [tariff.pk],
        "package_ids": [],
        "channel_ids": [own.pk],
    }

    user = data_of(billing.call("POST", "users", body), 201)

    assert {name: user[name] for name in body if name != "valid_until"} == {
        name: value for name, value in body.items() if name != "valid_until"
    }
    assert user["valid_until"] == "2030-01-01T00:00:00Z"
    assert user["auth_sync"] == {"state": "delivered", "since": None, "error": ""}
    held = auth_service.by_token()[user["token"]]
    assert held["id"] == user["auth_token_id"]
    assert held["allowed_streams"] == sorted([own.stream_name, packaged.stream_name])
    assert data_of(billing.call("GET", f"users/{user['id']}")) == user


def test_a_change_is_kept_while_the_auth_service_is_down_and_says_so(
    billing: ApiClient, auth_service: AuthServiceStandIn
) -> None:
    user = make_subscriber(channels=[make_channel()])
    auth_service.faults.status = 500

    changed = data_of(billing.call("PATCH", f"users/{user.pk}", {"status": "disabled"}))

    assert changed["status"] == "disabled"
    assert changed["auth_sync"]["state"] == "failing"
    assert "500" in changed["auth_sync"]["error"]
    assert changed["auth_sync"]["since"] is not None


def test_a_patch_leaves_what_it_does_not_name(billing: ApiClient) -> None:
    package = make_package()
    user = make_subscriber(packages=[package], notes="pays late")
    changed = data_of(billing.call("PATCH", f"users/{user.pk}", {"last_name": "New"}))
    assert (changed["last_name"], changed["notes"], changed["package_ids"]) == ("New", "pays late", [package.pk])


def test_without_a_date_a_new_user_ends_after_the_usual_days(billing: ApiClient, settings: Settings) -> None:
    settings.DEFAULT_EXPIRY_DAYS = 30
    body = {"first_name": "A", "last_name": "B", "agreement_number": "1"}
    ends = datetime.fromisoformat(data_of(billing.call("POST", "users", body), 201)["valid_until"])
    assert abs(ends - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    open_end = data_of(billing.call("POST", "users", {**body, "agreement_number": "2", "valid_until": None}), 201)
    assert open_end["valid_until"] is None


def test_a_deleted_user_is_gone_over_there_too(billing: ApiClient, auth_service: AuthServiceStandIn) -> None:
    user = make_subscriber(channels=[make_channel()])
    data_of(billing.call("POST", f"users/{user.pk}/sync"))
    deleted = data_of(billing.call("DELETE", f"users/{user.pk}"))
    assert (deleted["id"], deleted["auth_sync"]["state"]) == (user.pk, "delivered")
    assert not auth_service.tokens


def test_a_new_token_ends_the_old_one_here_and_there(billing: ApiClient, auth_service: AuthServiceStandIn) -> None:
    user = make_subscriber(channels=[make_channel()])
    data_of(billing.call("POST", f"users/{user.pk}/sync"))

    changed = data_of(billing.call("POST", f"users/{user.pk}/regenerate-token"))

    assert changed["token"] != user.token
    assert list(auth_service.by_token()) == [changed["token"]]


def test_a_sync_sends_again_what_the_auth_service_has_lost(
    billing: ApiClient, auth_service: AuthServiceStandIn
) -> None:
    user = make_subscriber(channels=[make_channel()])
    data_of(billing.call("POST", f"users/{user.pk}/sync"))
    auth_service.tokens.clear()

    assert data_of(billing.call("POST", f"users/{user.pk}/sync"))["state"] == "delivered"
    assert list(auth_service.by_token()) == [user.token]


def test_a_sync_that_the_auth_service_does_not_take_is_its_error(
    billing: ApiClient, auth_service: AuthServiceStandIn
) -> None:
    user = make_subscriber(channels=[make_channel()])
    auth_service.faults.status = 503
    assert error_of(billing.call("POST", f"users/{user.pk}/sync"), 502)["code"] == "AUTH_SERVICE_ERROR"


def test_a_sync_without_an_auth_service_says_what_is_not_set(billing: ApiClient) -> None:
    error = error_of(billing.call("POST", f"users/{make_subscriber().pk}/sync"), 502)
    assert error["code"] == "AUTH_SERVICE_ERROR"
    assert "AUTH_SERVICE_URL" in error["message"]


def test_days_are_added_to_an_end_that_lies_ahead(billing: ApiClient) -> None:
    user = make_subscriber(valid_until=datetime(2040, 1, 1, tzinfo=UTC))
    extended = data_of(billing.call("POST", f"users/{user.pk}/extend", {"days": 30}))
    assert extended["valid_until"] == "2040-01-31T00:00:00Z"


def test_an_end_beyond_the_calendar_is_refused(billing: ApiClient) -> None:
    user = make_subscriber(valid_until=datetime(9999, 12, 1, tzinfo=UTC))
    error = error_of(billing.call("POST", f"users/{user.pk}/extend", {"days": 365}), 422)
    assert error["code"] == "VALIDATION_ERROR"


def test_the_resolved_channels_come_in_the_order_of_the_playlist(billing: ApiClient) -> None:
    group = make_group(sort_order=1)
    second, first = make_channel(group=make_group(sort_order=2)), make_channel(group=group)
    last = make_channel()
    user = make_subscriber(channels=[last, second], packages=[make_package(channels=[first])])

    page = data_of(billing.call("GET", f"users/{user.pk}/resolved-channels?per_page=2"))

    assert [channel["id"] for channel in page["items"]] == [first.pk, second.pk]
    assert (page["total"], page["pages"]) == (3, 2)
    assert page["items"][0]["group_name"] == group.name


def test_a_playlist_is_the_file_that_the_player_gets(billing: ApiClient) -> None:
    user = make_subscriber(channels=make_channels(2), status="disabled")
    answer = billing.call("GET", f"users/{user.pk}/playlist")
    assert answer["Content-Type"] == "audio/x-mpegurl"
    text = answer.getvalue().decode()
    assert text.startswith("#EXTM3U\n#EXTINF:-1 ")
    preview = data_of(billing.call("GET", f"users/{user.pk}/playlist/preview"))
    assert (preview["text"], preview["channels"], preview["total"]) == (text, 2, 2)


def test_cascade_info_counts_what_goes(billing: ApiClient) -> None:
    user = make_subscriber(tariffs=[make_tariff()], channels=make_channels(3))
    info = data_of(billing.call("GET", f"users/{user.pk}/cascade-info"))
    assert info == {"tariffs": 1, "packages": 0, "channels": 3, "tokens": 1}


@pytest.fixture
def town() -> dict[str, Subscriber]:
    package = make_package(name="Basic")
    return {
        "anna": make_subscriber(first_name="Анна", last_name="Иванова", packages=[package], username="anka"),
        "ended": make_subscriber(valid_until=datetime(2026, 1, 1, tzinfo=UTC)),
        "later": make_subscriber(
            valid_from=datetime(2030, 1, 1, tzinfo=UTC), tariffs=[make_tariff(name="Home", packages=[package])]
        ),
        "off": make_subscriber(status="disabled", valid_until=datetime(2035, 1, 1, tzinfo=UTC)),
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("search=ИВАН анна", ["anna"]),
        ("search=ANK", ["anna"]),
        ("search=100%", []),
        ("status=disabled", ["off"]),
        ("package_id={package}", ["anna"]),
        ("tariff_id={tariff}", ["later"]),
        ("valid_on=2026-06-01", ["anna", "off"]),
        ("valid_on=2026-01-01T00:00:00Z", ["anna", "off"]),
        ("valid_on=2030-01-01T02:59:59%2B03:00", ["anna", "off"]),
        ("valid_on=2030-01-01T03:00:00%2B03:00", ["anna", "later", "off"]),
        ("valid_on=2026-06-01T00:00:00%2B22:37", ["anna", "off"]),
        ("expiring_before=2027-01-01", ["ended"]),
        ("page=9", []),
    ],
)
def test_a_list_is_filtered(query: str, found: list[str], billing: ApiClient, town: dict[str, Subscriber]) -> None:
    package, tariff = town["anna"].packages.get().pk, town["later"].tariffs.get().pk
    page = data_of(billing.call("GET", f"users?{query.format(package=package, tariff=tariff)}"))
    assert sorted(user["id"] for user in page["items"]) == sorted(town[name].pk for name in found)


@pytest.mark.parametrize(
    "query",
    [
        "status=lapsed",
        "tariff_id=99999999",
        "package_id=x",
        "valid_on=tomorrow",
        "valid_on=9999-12-31T23:59:59-23:00",
        "expiring_before=2026-13-01",
        "page=0",
    ],
)
def test_a_filter_that_cannot_be_is_named(query: str, billing: ApiClient) -> None:
    assert list(error_of(billing.call("GET", f"users?{query}"), 422)["fields"]) == [query.partition("=")[0]]


def test_a_list_tells_no_tokens(billing: ApiClient) -> None:
    make_subscriber()
    (user,) = data_of(billing.call("GET", "users"))["items"]
    assert not {"token", "channel_ids", "auth_sync"} & user.keys()


@pytest.mark.parametrize("amount", [2, 20])
def test_a_list_takes_the_same_number_of_queries(
    amount: int, billing: ApiClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    tariffs = [make_tariff(packages=[make_package()]) for _ in range(2)]
    for _ in range(amount):
        make_subscriber(tariffs=tariffs, packages=[make_package()])
    billing.call("GET", "users")  # notes the token's use
    with django_assert_num_queries(8):
        assert data_of(billing.call("GET", "users"))["total"] == amount


def test_a_user_is_found_and_changed_by_the_key_of_the_billing_system(billing: ApiClient) -> None:
    user = make_subscriber(external_id="crm/7")
    assert data_of(billing.call("GET", "users/by-external-id/crm/7"))["id"] == user.pk
    changed: Any = data_of(billing.call("PATCH", "users/by-external-id/crm/7", {"external_id": "crm/8"}))
    assert changed["external_id"] == "crm/8"
    assert error_of(billing.call("GET", "users/by-external-id/crm/7"), 404)["code"] == "NOT_FOUND"


@pytest.fixture
def without_tokens() -> ApiClient:
    """Somebody who may do everything with users but see their tokens."""
    return by_token(make_staff(*(name for name in PERMISSIONS if name != "subscribers.view_token")))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "users/{pk}", None),
        ("GET", "users/by-external-id/crm-7", None),
        ("PATCH", "users/{pk}", {"max_sessions": 3}),
        ("POST", "users/{pk}/extend", {"days": 1}),
        ("POST", "users/{pk}/regenerate-token", None),
    ],
)
def test_without_the_permission_no_answer_tells_the_token(
    method: str, path: str, body: Any, without_tokens: ApiClient
) -> None:
    user = make_subscriber(external_id="crm-7")

    answer = without_tokens.call(method, path.format(pk=user.pk), body)

    assert data_of(answer)["token"] is None
    assert Subscriber.objects.get().token not in answer.content.decode()


def test_an_answer_that_was_kept_tells_no_token_once_the_permission_is_gone() -> None:
    account = make_staff(*PERMISSIONS)
    body = {"first_name": "A", "last_name": "B", "agreement_number": "1"}
    first = data_of(by_token(account).call("POST", "users", body, Idempotency_Key="order-1"), 201)
    account.user_permissions.remove(account.user_permissions.get(codename="view_token"))

    again = data_of(by_token(account).call("POST", "users", body, Idempotency_Key="order-1"), 201)

    assert (again["id"], first["token"] is None, again["token"]) == (first["id"], False, None)


@pytest.mark.parametrize("path", ["playlist", "playlist/preview"])
def test_without_the_permission_playlists_are_forbidden(path: str, without_tokens: ApiClient) -> None:
    error = error_of(without_tokens.call("GET", f"users/{make_subscriber().pk}/{path}"), 403)

    assert error["code"] == "FORBIDDEN"
    assert "subscribers.view_token" in error["message"]
