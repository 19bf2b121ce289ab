"""API tokens: how they are made, what they may, when they end, how often they may call."""

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from pytest_django.asserts import assertContains, assertNotContains

from channels.tests.factories import make_group
from playlist_project import api_tokens
from playlist_project.models import ApiRequests, ApiToken, User
from playlist_project.tests.api_client import ApiClient, by_token, data_of, error_of, make_staff

pytestmark = pytest.mark.django_db
TOKENS = "/admin/playlist_project/apitoken/"


def with_secret(secret: str) -> ApiClient:
    return ApiClient(headers={"Authorization": f"Bearer {secret}"})


def make_token(**fields: Any) -> tuple[ApiToken, str]:
    token = ApiToken(**{"name": "billing", "user": fields.pop("user", None) or make_staff(), **fields})
    return token, api_tokens.issue(token)


def test_what_is_stored_of_a_token_does_not_let_anybody_in() -> None:
    token, secret = make_token()

    row = ApiToken.objects.filter(pk=token.pk).values().get()

    assert secret not in map(str, row.values())
    error_of(with_secret(token.digest).call("GET", "auth/me"), 401)
    error_of(with_secret(token.token_key).call("GET", "auth/me"), 401)
    assert data_of(with_secret(secret).call("GET", "auth/me"))["username"] == token.user.username


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer a b", "Bearer \xe4\xf6", "Bearer nonsense", "Token x", "Basic eDp5", "Bearer \x01"]
)
def test_a_token_that_is_none_is_unauthorized(header: str) -> None:
    response = ApiClient(headers={"Authorization": header}).call("GET", "auth/me")

    assert error_of(response, 401)["code"] == "UNAUTHORIZED"
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_is_unauthorized_and_stays_for_staff_to_see() -> None:
    token, secret = make_token(expiry=timezone.now() - timedelta(seconds=1))

    error_of(with_secret(secret).call("GET", "auth/me"), 401)

    assert ApiToken.objects.filter(pk=token.pk).exists()


def test_the_token_of_an_inactive_account_is_unauthorized() -> None:
    user = make_staff()
    client = by_token(user)
    User.objects.update(is_active=False)

    assert error_of(client.call("GET", "auth/me"), 401)["code"] == "UNAUTHORIZED"


def test_a_token_needs_no_csrf_token_even_beside_a_session() -> None:
    user = make_staff("channels.add_group")
    client = by_token(user)
    client.force_login(user)

    data_of(client.call("POST", "groups", {"name": "News"}), 201)


def test_the_last_use_is_written_at_most_once_a_minute() -> None:
    token, secret = make_token()
    client = with_secret(secret)

    client.call("GET", "auth/me")
    first = ApiToken.objects.get(pk=token.pk).last_used_at
    client.call("GET", "auth/me")
    assert first is not None
    assert ApiToken.objects.get(pk=token.pk).last_used_at == first

    ApiToken.objects.update(last_used_at=first - timedelta(seconds=61))
    client.call("GET", "auth/me")
    assert ApiToken.objects.get(pk=token.pk).last_used_at >= first


def test_a_token_may_call_so_often_and_no_more(settings: Settings) -> None:
    settings.API_RATE_LIMIT = "2/hour"
    client, other = by_token(make_staff()), by_token(make_staff())

    statuses = [client.call("GET", "auth/me").status_code for _ in range(2)]
    refused = client.call("GET", "auth/me")

    assert statuses == [200, 200]
    assert error_of(refused, 429)["code"] == "RATE_LIMITED"
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    data_of(other.call("GET", "auth/me"))


def test_the_count_starts_anew_with_the_next_period(settings: Settings) -> None:
    settings.API_RATE_LIMIT = "1/hour"
    client = by_token(make_staff())
    client.call("GET", "auth/me")
    ApiRequests.objects.update(period=1)

    data_of(client.call("GET", "auth/me"))


def test_requests_without_permission_are_counted_too(settings: Settings) -> None:
    settings.API_RATE_LIMIT = "1/hour"
    client = by_token(make_staff())

    error_of(client.call("GET", "groups"), 403)

    error_of(client.call("GET", "groups"), 429)


def test_the_count_is_never_written_to_disk() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'playlist_project_apirequests'")
        assert cursor.fetchone() == ("u",)


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_time_are_all_counted() -> None:
    token, _ = make_token()
    start = Barrier(4)

    def call() -> None:
        start.wait()
        for _ in range(25):
            api_tokens.count_request(token)
        connection.close()

    threads = [Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # A period may have ended in between, of which nothing is left.
    assert ApiRequests.objects.get().requests in range(1, 101)
    if api_tokens.count_request(token).seconds_left < 50:
        assert ApiRequests.objects.get().requests == 101


def test_the_command_makes_a_token(capsys: pytest.CaptureFixture[str]) -> None:
    user = make_staff("channels.view_group", "channels.add_group")

    call_command("create_api_token", "billing", user.username, "--expires-days", "30", "--read-only")

    client = with_secret(capsys.readouterr().out.strip())
    data_of(client.call("GET", "groups"))
    error_of(client.call("POST", "groups", {"name": "News"}), 403)
    token = ApiToken.objects.get()
    assert token.name == "billing"
    assert timedelta(days=29) < token.expiry - timezone.now() < timedelta(days=31)


@pytest.mark.parametrize(
    "arguments",
    [("billing", "nobody"), ("billing", "staff", "--expires-days", "0"), ("x" * 101, "staff"), ("billing", "customer")],
)
def test_the_command_refuses_what_cannot_be(arguments: tuple[str, ...]) -> None:
    User.objects.create_user("staff", is_staff=True)
    User.objects.create_user("customer")

    with pytest.raises(CommandError):
        call_command("create_api_token", *arguments)
    assert not ApiToken.objects.exists()


def test_the_admin_shows_a_new_token_once(admin_client: Client, admin_user: User) -> None:
    page = admin_client.post(
        f"{TOKENS}add/", {"name": "billing", "user": admin_user.pk, "expiry_0": "", "expiry_1": ""}
    )

    secret = page.context["token"].secret
    assertContains(page, secret)
    assert "no-store" in page.headers["Cache-Control"]
    assert data_of(with_secret(secret).call("GET", "auth/me"))["username"] == admin_user.username
    token = ApiToken.objects.get()
    for address in (TOKENS, f"{TOKENS}{token.pk}/change/", "/admin/"):
        assertNotContains(admin_client.get(address), secret)


def test_deleting_a_token_in_the_admin_revokes_it(admin_client: Client) -> None:
    token, secret = make_token()
    data_of(with_secret(secret).call("GET", "auth/me"))

    admin_client.post(f"{TOKENS}{token.pk}/delete/", {"post": "yes"})

    error_of(with_secret(secret).call("GET", "auth/me"), 401)


@pytest.fixture
def clerk() -> tuple[User, Client]:
    names = ("add", "view", "change", "delete")
    user = make_staff(*(f"playlist_project.{name}_apitoken" for name in names))
    client = Client()
    client.force_login(user)
    return user, client


def test_staff_make_tokens_for_themselves_alone(clerk: tuple[User, Client], admin_user: User) -> None:
    user, client = clerk

    client.post(f"{TOKENS}add/", {"name": "mine", "user": admin_user.pk, "expiry_0": "", "expiry_1": ""})

    assert ApiToken.objects.get().user == user


def test_staff_do_not_see_the_tokens_of_others(clerk: tuple[User, Client], admin_user: User) -> None:
    _, client = clerk
    token, _ = make_token(user=admin_user, name="of the administrator")

    assertNotContains(client.get(TOKENS), token.name)
    assert client.post(f"{TOKENS}{token.pk}/delete/", {"post": "yes"}).status_code == 302
    assert ApiToken.objects.exists()


def test_a_token_in_use_costs_three_queries(django_assert_num_queries: Any) -> None:
    client = by_token(make_staff(is_superuser=True))
    make_group()
    client.call("GET", "groups")

    with django_assert_num_queries(3):  # the token with its owner, the count, the groups
        client.call("GET", "groups")
