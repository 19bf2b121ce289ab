"""Staff log in and out, and those who guess are made to wait."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings
from pytest_django.asserts import assertContains

from channels.models import Group
from playlist_project.login_attempts import client_address
from playlist_project.models import User
from playlist_project.tests.api_client import ApiClient, data_of, error_of, make_staff

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password"


@pytest.fixture
def clerk(settings: Settings) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose
    user = make_staff("channels.add_group", username="clerk")
    user.set_password(PASSWORD)
    user.save()
    return user


def log_in(client: ApiClient, username: str = "clerk", password: str = PASSWORD, **headers: str) -> Any:
    return client.call("POST", "auth/login", {"username": username, "password": password}, **headers)


def test_logging_in_opens_a_session_with_the_cookie_session_id(clerk: User) -> None:
    client = ApiClient()

    account = data_of(log_in(client))

    assert account["username"] == "clerk"
    assert account["permissions"] == ["channels.add_group"]
    assert client.cookies["session_id"]["httponly"]
    assert client.cookies["session_id"]["samesite"] == "Lax"
    assert data_of(client.call("GET", "auth/me")) == account


def test_logging_out_closes_the_session(clerk: User) -> None:
    client = ApiClient()
    log_in(client)

    assert data_of(client.call("POST", "auth/logout")) == {}

    assert error_of(client.call("GET", "auth/me"), 401)["code"] == "UNAUTHORIZED"


@pytest.mark.parametrize(("username", "password"), [("clerk", "wrong"), ("nobody", PASSWORD), ("customer", PASSWORD)])
def test_wrong_credentials_are_told_apart_by_nobody(clerk: User, username: str, password: str) -> None:
    User.objects.create_user("customer", password=PASSWORD)

    error = error_of(log_in(ApiClient(), username, password), 401)

    assert error == {"code": "INVALID_CREDENTIALS", "message": "The username or the password is wrong."}


def test_an_inactive_account_cannot_log_in(clerk: User) -> None:
    User.objects.update(is_active=False)

    assert error_of(log_in(ApiClient()), 401)["code"] == "INVALID_CREDENTIALS"


def test_a_session_changes_nothing_without_the_csrf_token(clerk: User) -> None:
    client = ApiClient()
    log_in(client)

    error = error_of(client.call("POST", "groups", {"name": "News"}, X_CSRFToken=""), 403)

    assert error["code"] == "FORBIDDEN"
    assert not Group.objects.exists()
    data_of(client.call("POST", "groups", {"name": "News"}), 201)


def test_other_sites_cannot_log_somebody_in_by_a_form(clerk: User) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        response = Client().generic("POST", "/api/v1/auth/login", b'{"username": "clerk"}', kind)
        assert error_of(response, 415)["code"] == "UNSUPPORTED_MEDIA_TYPE"


def test_too_many_failures_lock_the_account_for_a_while(clerk: User, settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    for number in range(3):
        log_in(ApiClient(REMOTE_ADDR=f"192.0.2.{number}"), password="wrong")

    refused = log_in(ApiClient(REMOTE_ADDR="192.0.2.99"))

    assert error_of(refused, 429)["code"] == "RATE_LIMITED"
    assert refused.headers["Retry-After"] == str(settings.LOGIN_COOLOFF_MINUTES * 60)
    AccessAttempt.objects.update(
        attempt_time=timezone.now() - timedelta(minutes=settings.LOGIN_COOLOFF_MINUTES, seconds=1)
    )
    data_of(log_in(ApiClient()))


def test_too_many_failures_lock_the_address_for_a_while(clerk: User, settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    for number in range(3):
        log_in(ApiClient(REMOTE_ADDR="192.0.2.1"), username=f"guess{number}")

    error_of(log_in(ApiClient(REMOTE_ADDR="192.0.2.1")), 429)
    data_of(log_in(ApiClient(REMOTE_ADDR="192.0.2.2")))


def test_trying_on_does_not_make_a_lock_longer(clerk: User, settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 1
    log_in(ApiClient(), password="wrong")
    begun = AccessAttempt.objects.get().attempt_time

    log_in(ApiClient(), password="wrong")

    assert [attempt.attempt_time for attempt in AccessAttempt.objects.all()] == [begun]


def test_the_admin_tells_people_that_they_have_to_wait(clerk: User, settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    client = Client()
    for _ in range(2):
        page = client.post("/admin/login/", {"username": "clerk", "password": "wrong"})

    assertContains(page, "closed for 15 minutes", status_code=429)
    assertContains(page, "<title>Too many failed logins | Playlist Service</title>", status_code=429, html=True)
    assertContains(page, '<option value="ru"', status_code=429)
    assert "wrong" not in AccessAttempt.objects.get().post_data
    error_of(log_in(ApiClient()), 429)


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.1.2.3", "198.51.100.7", "198.51.100.7"),
        ("10.1.2.3", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("10.1.2.3", "198.51.100.7, 10.9.9.9", "198.51.100.7"),
        ("10.1.2.3", "nonsense", "10.1.2.3"),
        ("10.1.2.3", "2001:db8::1", "2001:db8::1"),
        ("", "198.51.100.7", ""),
    ],
    ids=[
        "direct",
        "who is no proxy is not believed",
        "by a proxy",
        "what the client claims is not believed",
        "by two proxies",
        "nonsense",
        "IPv6",
        "by a socket",
    ],
)
def test_the_address_of_a_client_is_what_trusted_proxies_say(
    settings: Settings, remote: str, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]

    request = RequestFactory().get("/", REMOTE_ADDR=remote, headers={"X-Forwarded-For": forwarded})

    assert client_address(request) == address
