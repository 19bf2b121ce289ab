"""What players log in with: made or chosen, told once, kept as a digest, and fit for addresses."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from playlist_project.models import IdempotencyKey
from playlist_project.tests.api_client import ApiClient, by_token, data_of, error_of, make_staff
from subscribers import services
from subscribers.models import OutboxEntry, Subscriber
from subscribers.passwords import is_typed, matches
from subscribers.tests.factories import make_subscriber
from subscribers.usernames import check_username, free_username

pytestmark = pytest.mark.django_db


@pytest.fixture
def billing() -> ApiClient:
    return by_token(
        make_staff("subscribers.view_subscriber", "subscribers.change_subscriber", "subscribers.view_token")
    )


def stored(subscriber: Subscriber) -> Subscriber:
    return Subscriber.objects.get(pk=subscriber.pk)


def test_a_generated_password_opens_and_is_kept_as_a_digest_that_is_cheap_to_check() -> None:
    subscriber = make_subscriber()

    password = services.generate_password(subscriber)

    kept = stored(subscriber).password_digest
    assert matches(password, kept)
    assert password not in kept
    assert not is_typed(kept)


def test_a_typed_password_is_kept_by_argon2() -> None:
    subscriber = make_subscriber()

    services.set_password(subscriber, "correct-horse")

    assert stored(subscriber).password_digest.startswith("$argon2id$")
    assert matches("correct-horse", stored(subscriber).password_digest)


@pytest.mark.parametrize(
    "password", ["short", "", "with blanks in it", "пароль-пароль", "a/slash-in-it", "x" * 129, "a-newline\n"]
)
def test_a_password_that_players_could_not_send_is_refused(password: str) -> None:
    subscriber = make_subscriber()

    with pytest.raises(ValidationError):
        services.set_password(subscriber, password)
    assert not stored(subscriber).has_password


def test_without_a_password_nobody_gets_in() -> None:
    subscriber = make_subscriber()
    password = services.generate_password(subscriber)

    services.remove_password(subscriber)

    assert not matches(password, stored(subscriber).password_digest)
    assert not matches("", stored(subscriber).password_digest)


@pytest.mark.parametrize(
    ("agreement_number", "username"),
    [
        ("A-100/7", "A-100-7"),
        ("№ 17 «б»", "17"),
        ("Договор", "user"),
        ("admin", "user-admin"),
        ("x" * 100, "x" * 80),
    ],
)
def test_who_has_no_user_name_gets_one_like_the_agreement_number(agreement_number: str, username: str) -> None:
    subscriber = make_subscriber(agreement_number=agreement_number)
    services.generate_password(subscriber)

    assert stored(subscriber).username == username
    check_username(username)


def test_a_user_name_that_somebody_has_gets_a_number() -> None:
    for name in ("A-1", "A-1-2"):
        make_subscriber(username=name)

    assert free_username("A 1") == "A-1-3"


def test_a_user_name_that_is_there_stays() -> None:
    subscriber = make_subscriber(username="anna")
    services.set_password(subscriber, "correct-horse")

    assert stored(subscriber).username == "anna"


def test_the_auth_service_is_told_nothing_of_passwords() -> None:
    subscriber = make_subscriber()
    OutboxEntry.objects.all().delete()
    services.generate_password(subscriber)

    assert not OutboxEntry.objects.exists()


@pytest.mark.parametrize("username", ["анна", "a b", "a/b", "a?b", "a+b", "..", "Admin", "live", "a%20"])
def test_a_user_name_that_cannot_stand_in_an_address_is_refused(username: str, billing: ApiClient) -> None:
    user = make_subscriber()

    error = error_of(billing.call("PATCH", f"users/{user.pk}", {"username": username}), 422)

    assert list(error["fields"]) == ["username"]


def test_a_user_name_from_before_the_rule_stays(billing: ApiClient) -> None:
    user = make_subscriber(username="+7 900")

    data = data_of(billing.call("PATCH", f"users/{user.pk}", {"username": "+7 900", "last_name": "New"}))

    assert (data["username"], data["last_name"]) == ("+7 900", "New")


def test_the_api_tells_a_generated_password_once_and_keeps_it_nowhere(billing: ApiClient) -> None:
    user = make_subscriber()

    answer = billing.call("POST", f"users/{user.pk}/password", {}, **{"Idempotency-Key": "k-1"})

    told = data_of(answer)
    assert matches(told["password"], stored(user).password_digest)
    assert told["username"] == stored(user).username
    assert answer["Cache-Control"] == "no-store"
    assert not IdempotencyKey.objects.exists()
    shown = data_of(billing.call("GET", f"users/{user.pk}"))
    assert shown["has_password"] is True
    assert told["password"] not in str(shown)


def test_the_api_sets_and_removes_a_password(billing: ApiClient) -> None:
    user = make_subscriber(username="anna")
    where = f"users/{user.pk}/password"

    assert data_of(billing.call("POST", where, {"password": "correct-horse"})) == {"username": "anna", "password": None}
    assert matches("correct-horse", stored(user).password_digest)
    assert data_of(billing.call("DELETE", where)) == {"username": "anna", "password": None}
    assert not stored(user).has_password


@pytest.mark.parametrize(
    "body", [{"password": "short"}, {"password": " long-enough "}, {"password": 12345678}, {"pass": "x"}]
)
def test_the_api_says_what_is_wrong_with_a_password(billing: ApiClient, body: dict[str, Any]) -> None:
    error = error_of(billing.call("POST", f"users/{make_subscriber().pk}/password", body), 422)

    assert list(error["fields"]) == list(body)


def test_who_may_not_see_tokens_makes_no_passwords() -> None:
    clerk = by_token(make_staff("subscribers.view_subscriber", "subscribers.change_subscriber"))

    error_of(clerk.call("POST", f"users/{make_subscriber().pk}/password", {}), 403)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("set_password", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_makes_a_password_and_prints_it() -> None:
    subscriber = make_subscriber(agreement_number="A-7")

    said = run("A-7", "--generate")

    password = said.split()[-1]
    assert said == f"User name: A-7\nPassword: {password}\n"
    assert matches(password, stored(subscriber).password_digest)


def test_the_command_asks_for_a_password_and_does_not_repeat_it(monkeypatch: pytest.MonkeyPatch) -> None:
    subscriber = make_subscriber(agreement_number="A-7")
    monkeypatch.setattr("subscribers.management.commands.set_password.getpass", lambda prompt: "correct-horse")

    assert run("A-7") == "User name: A-7\n"
    assert matches("correct-horse", stored(subscriber).password_digest)


def while_typing(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let it happen between the question for a password and the answer."""

    def typed(prompt: str) -> str:
        act()
        return "correct-horse"

    monkeypatch.setattr("subscribers.management.commands.set_password.getpass", typed)


@pytest.mark.parametrize("before", ["anna", None])
def test_a_user_name_given_while_the_password_is_typed_stays(
    monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    subscriber = make_subscriber(agreement_number="A-7", username=before)
    rows = Subscriber.objects.filter(pk=subscriber.pk)
    while_typing(monkeypatch, lambda: rows.update(username="anna.b"))

    assert run("A-7") == "User name: anna.b\n"
    assert stored(subscriber).username == "anna.b"
    assert matches("correct-horse", stored(subscriber).password_digest)


def test_the_command_says_that_the_subscriber_was_deleted_while_the_password_was_typed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    subscriber = make_subscriber(agreement_number="A-7")
    while_typing(monkeypatch, subscriber.delete)

    with pytest.raises(CommandError, match="A-7"):
        run("A-7")
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize(("number", "typed"), [("none", "correct-horse"), ("A-7", "short")])
def test_the_command_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch, number: str, typed: str) -> None:
    make_subscriber(agreement_number="A-7")
    monkeypatch.setattr("subscribers.management.commands.set_password.getpass", lambda prompt: typed)

    with pytest.raises(CommandError):
        run(number)
