"""Who is let in by user name and password, and what guessing them comes to."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore
from typing import Any, Literal

import pytest
import time_machine
from argon2 import PasswordHasher
from argon2.exceptions import HashingError, VerificationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from channels.tests.factories import make_channel
from playlists.tests.xtream.players import PASSWORD, TYPED, ask, make_player
from playlists.xtream import credentials
from playlists.xtream.credentials import Refused, check
from playlists.xtream.failures import counted_address, forget_old_failures
from playlists.xtream.verdicts import Verdicts
from subscribers import passwords
from subscribers.models import Activity, LoginFailure, Subscriber
from subscribers.passwords import digest_of_generated, digest_of_typed

pytestmark = pytest.mark.django_db
ADDRESS = "192.0.2.7"


@pytest.fixture
def limits(settings: Settings) -> None:
    settings.PLAYER_FAILURES_OF_ADDRESS, settings.PLAYER_FAILURES_OF_USERNAME = 5, 3
    settings.PLAYER_COOLOFF_MINUTES = 15


def guess(times: int, *, username: str = "anna", address: str = ADDRESS) -> None:
    for number in range(times):
        ask(username=username, password=f"guess-{number}", address=address)


def was_seen(subscriber: Subscriber, address: str, days: int = 1) -> None:
    at = datetime.now(UTC) - timedelta(days=days)
    Activity.objects.create(
        key=f"{address} {days}", subscriber=subscriber, kind="live", address=address, started_at=at, last_at=at
    )


@pytest.mark.parametrize(("typed", "password"), [(False, PASSWORD), (True, TYPED)], ids=["generated", "typed"])
def test_the_right_password_lets_in_and_writes_nothing(typed: bool, password: str) -> None:
    make_player(typed=typed)
    with CaptureQueriesContext(connection) as queries:
        assert ask(password=password).status_code == 200

    assert len(queries) == 1
    assert not LoginFailure.objects.exists()


@pytest.mark.parametrize(
    ("username", "password"),
    [
        *(("anna", "wrong"), ("nobody", PASSWORD), ("anna", ""), ("", PASSWORD), ("Anna", PASSWORD)),
        *(("anna", PASSWORD.upper()), ("anna\0", PASSWORD), ("anna", f"{PASSWORD}\0"), ("a" * 101, PASSWORD)),
        *(("anna", "x" * 300), ("anna", TYPED), ("without-password", ""), ("without-password", "x"), ("é", "é")),
    ],
)
def test_everybody_else_is_refused_in_the_same_words(username: str, password: str) -> None:
    make_player()
    make_player(username="without-password", password_digest="")
    with time_machine.travel(datetime(2026, 11, 21, tzinfo=UTC), tick=False):
        response = ask(username=username, password=password)
        typical = ask(username="nobody", password="x")

    assert (response.status_code, response["Content-Type"]) == (401, "application/json")
    assert (response.content, response.headers) == (typical.content, typical.headers)
    assert response.json()["user_info"] == {
        "auth": 0,
        "username": "",
        "password": "",
        "status": "Disabled",
        "message": "Wrong user name or password.",
    }
    assert response.json()["server_info"]["timezone"] == "UTC"


@pytest.mark.parametrize("missing", ["username", "password", "both"])
def test_missing_credentials_are_wrong_ones(missing: str) -> None:
    asked = {"username": "anna", "password": PASSWORD}
    address = "&".join(f"{name}={value}" for name, value in asked.items() if missing not in (name, "both"))

    assert Client().get(f"/player_api.php?{address}").status_code == 401


def test_old_players_can_be_told_in_the_form_of_old_panels(settings: Settings) -> None:
    settings.XTREAM_LOGIN_ERRORS = 200
    make_player()
    response = ask(password="wrong")
    right, wrong = ask().json(), response.json()

    assert (response.status_code, wrong["user_info"]["auth"]) == (200, 0)
    assert wrong["user_info"].keys() == right["user_info"].keys()
    assert {name: type(value) for name, value in wrong["user_info"].items()} == {
        name: type(value) for name, value in right["user_info"].items()
    }


def test_a_password_of_before_lets_nobody_in_however_lately_it_did() -> None:
    subscriber = make_player(typed=True)
    assert ask(password=TYPED).status_code == 200

    subscriber.password_digest = digest_of_typed("another-one-7")
    subscriber.save()

    assert ask(password=TYPED).status_code == 401
    assert ask(password="another-one-7").status_code == 200


@pytest.mark.parametrize(("password", "status"), [(TYPED, 200), ("wrong", 401)])
def test_a_typed_password_is_computed_once_in_a_while(
    monkeypatch: pytest.MonkeyPatch, password: str, status: int
) -> None:
    make_player(typed=True)
    assert ask(password=password).status_code == status
    # Nobody may compute now: who needs to is told to come again.
    monkeypatch.setattr(credentials, "checking", BoundedSemaphore(1))
    credentials.checking.acquire()

    assert ask(password=password).status_code == status
    assert ask(password=f"{password}-2").status_code == 429


class WithoutMemory(PasswordHasher):
    """What argon2-cffi does where the system gives it no memory."""

    def hash(self, *arguments: Any, **options: Any) -> str:
        raise HashingError("Memory allocation error")

    def verify(self, *arguments: Any) -> Literal[True]:
        raise VerificationError("Memory allocation error")


@pytest.mark.parametrize("username", ["anna", "bert", "nobody"])
def test_a_password_that_could_not_be_computed_is_not_a_wrong_one(
    monkeypatch: pytest.MonkeyPatch, username: str
) -> None:
    make_player(typed=True)
    make_player(username="bert")
    credentials._nobodys_digest.cache_clear()
    with monkeypatch.context() as short:
        short.setattr(passwords, "argon2id", WithoutMemory())
        response = ask(username=username, password=TYPED)

    assert (response.status_code, response["Retry-After"]) == (429, "2")
    assert not LoginFailure.objects.exists()
    assert ask(username=username, password=TYPED).status_code == (200 if username == "anna" else 401)


def test_what_was_computed_is_forgotten_in_time() -> None:
    verdicts = Verdicts(seconds=0.05, most=2)
    for key in ("a", "b", "c"):
        verdicts.keep(key, True)

    assert [verdicts.get(key) for key in ("a", "b", "c")] == [None, True, True]
    time.sleep(0.06)
    assert verdicts.get("c") is None


def test_the_same_guess_from_the_same_address_counts_once() -> None:
    make_player()
    for _ in range(3):
        ask(password="old-password")
    ask(password="old-password", address="198.51.100.1")

    assert LoginFailure.objects.count() == 2
    assert not LoginFailure.objects.filter(guess__contains="old").exists()


@pytest.mark.usefixtures("limits")
@pytest.mark.parametrize("username", ["anna", "nobody"])
@pytest.mark.parametrize("script", ["player_api.php", "get.php", "stream"])
def test_too_many_wrong_passwords_for_a_user_name_are_not_looked_at_anymore(username: str, script: str) -> None:
    make_player(typed=True)
    for number in range(3):
        guess(1, username=username, address=f"198.51.100.{number}")

    if script == "stream":
        response: Any = Client(REMOTE_ADDR=ADDRESS).get(f"/live/{username}/{TYPED}/7.ts")
    else:
        response = ask(script, username=username, password=TYPED, type="m3u")

    assert (response.status_code, response["Retry-After"]) == (429, "900")
    assert LoginFailure.objects.count() == 3


@pytest.mark.usefixtures("limits")
def test_too_many_wrong_passwords_from_an_address_are_not_looked_at_anymore() -> None:
    make_player(typed=True)
    for number in range(5):
        guess(1, username=f"somebody-{number}")

    assert ask(password=TYPED).status_code == 429
    assert ask(password=TYPED, address="198.51.100.1").status_code == 200


@pytest.mark.usefixtures("limits")
def test_the_answer_to_too_many_is_the_same_for_all() -> None:
    make_player(typed=True)
    make_player(username="bert")
    with time_machine.travel(datetime(2026, 11, 21, tzinfo=UTC), tick=False):
        answers: list[Any] = []
        for username in ("anna", "bert", "nobody"):
            guess(3, username=username, address=f"198.51.100.{len(answers)}")
            answers.append(ask(username=username, password="wrong"))

    assert len({(response.status_code, response.content, str(response.headers)) for response in answers}) == 1
    assert answers[0].json()["user_info"]["auth"] == 0


@pytest.mark.usefixtures("limits")
def test_a_generated_password_lets_in_however_many_strangers_have_guessed() -> None:
    make_player()
    guess(9)

    assert ask().status_code == 200
    assert ask(password="wrong").status_code == 429


@pytest.mark.usefixtures("limits")
def test_strangers_do_not_keep_a_household_out_of_its_account() -> None:
    subscriber = make_player(typed=True)
    was_seen(subscriber, ADDRESS)
    was_seen(subscriber, "198.51.100.50", days=15)
    guess(3, address="198.51.100.1")

    assert ask(password=TYPED, address=ADDRESS).status_code == 200
    assert ask(password=TYPED, address="198.51.100.2").status_code == 429
    assert ask(password=TYPED, address="198.51.100.50").status_code == 429
    # Nor does it let a household guess without an end.
    guess(5)
    assert ask(password=TYPED, address=ADDRESS).status_code == 429


@pytest.mark.usefixtures("limits")
def test_a_lock_ends_by_itself() -> None:
    make_player(typed=True)
    guess(3)
    assert ask(password=TYPED).status_code == 429
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=16)):
        assert ask(password=TYPED).status_code == 200


def test_zero_is_no_limit(settings: Settings) -> None:
    settings.PLAYER_FAILURES_OF_ADDRESS = settings.PLAYER_FAILURES_OF_USERNAME = 0
    make_player(typed=True)
    guess(3)

    assert ask(password=TYPED).status_code == 200


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        *(("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7")),
        *(("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"), ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::")),
        *(("", ""), ("unix:", "")),
    ],
)
def test_a_household_is_one_address_or_one_network_of_ipv6(address: str, counted: str) -> None:
    assert counted_address(address) == counted


@pytest.mark.usefixtures("limits")
def test_a_network_of_ipv6_is_counted_together() -> None:
    make_player(typed=True)
    for number in range(5):
        guess(1, username=f"somebody-{number}", address=f"2001:db8:1:2::{number}")

    assert ask(password=TYPED, address="2001:db8:1:2:ffff::").status_code == 429
    assert ask(password=TYPED, address="2001:db8:1:3::").status_code == 200


@pytest.mark.usefixtures("limits")
def test_who_comes_from_no_address_is_counted_by_user_name() -> None:
    make_player(typed=True)
    for number in range(6):
        guess(1, username=f"somebody-{number}", address="")

    assert ask(password=TYPED, address="").status_code == 200


def test_what_is_no_longer_counted_is_deleted(settings: Settings) -> None:
    settings.PLAYER_COOLOFF_MINUTES = 15
    make_player()
    guess(2)
    LoginFailure.objects.filter(pk=LoginFailure.objects.earliest("pk").pk).update(
        at=datetime.now(UTC) - timedelta(minutes=16)
    )

    assert forget_old_failures(datetime.now(UTC)) == 1
    assert LoginFailure.objects.count() == 1


def test_wrong_credentials_are_answered_slowly_and_in_the_same_time() -> None:
    make_player(typed=True)
    make_player(username="bert")
    for username in ("anna", "bert", "nobody"):
        began = time.monotonic()
        ask(username=username, password="wrong")

        assert credentials.REFUSAL_SECONDS <= time.monotonic() - began < credentials.REFUSAL_SECONDS + 0.25


@pytest.mark.parametrize("username", ["anna", "bert", "nobody"])
def test_each_refusal_costs_one_computation_whoever_it_is(monkeypatch: pytest.MonkeyPatch, username: str) -> None:
    make_player(typed=True)
    make_player(username="bert")
    monkeypatch.setattr(credentials, "checking", BoundedSemaphore(1))
    credentials.checking.acquire()

    response = ask(username=username, password="wrong")
    assert (response.status_code, response["Retry-After"]) == (429, "2")


def test_slowly_refused_ones_leave_threads_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "waiting", BoundedSemaphore(1))

    def wait() -> int:
        try:
            credentials._wait(time.monotonic())
        except Refused as refused:
            return refused.retry_after
        return 0

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: wait(), range(4)))

    assert sorted(answers) == [0, 2, 2, 2]
    assert wait() == 0


def statements_of(username: str) -> list[str]:
    """Return what a wrong password makes the database do, without the parameters."""
    statements: list[str] = []

    def seen(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(seen):
        ask(username=username, password="wrong")
    return sorted(statements)


@pytest.mark.usefixtures("limits")
@pytest.mark.parametrize("locked", ["nothing", "user name", "address", "all at work", "all waiting"])
def test_a_refusal_costs_the_database_the_same_whether_or_not_the_user_name_exists(
    monkeypatch: pytest.MonkeyPatch, locked: str
) -> None:
    was_seen(make_player(typed=True), "198.51.100.50")
    make_player(username="bert")
    names = ("anna", "bert", "nobody")
    if locked == "user name":
        for number, username in enumerate(names):
            guess(3, username=username, address=f"198.51.100.{number}")
    elif locked == "address":
        for number in range(5):
            guess(1, username=f"somebody-{number}")
    elif locked != "nothing":
        name = {"all at work": "checking", "all waiting": "waiting"}[locked]
        monkeypatch.setattr(credentials, name, BoundedSemaphore(1))
        getattr(credentials, name).acquire()

    statements = [statements_of(username) for username in names]

    assert statements[0] == statements[1] == statements[2]
    assert len(statements[0]) == (4 if locked in ("nothing", "all waiting") else 3)


def test_a_head_request_is_no_way_around_the_limits() -> None:
    make_player()
    Client().head("/player_api.php?username=anna&password=wrong")

    assert LoginFailure.objects.count() == 1


def test_check_tells_whose_credentials_they_are_also_of_who_may_not_watch() -> None:
    subscriber = make_player(status="disabled")

    assert check("anna", PASSWORD, ADDRESS).id == subscriber.pk
    with pytest.raises(Refused):
        check("anna", "wrong", ADDRESS)


def test_a_password_works_in_every_kind_of_address() -> None:
    channel = make_channel()
    make_player(channels=[channel], username="anna.b@home", password_digest=digest_of_generated("a.b_c~d-e"))

    assert Client().get(f"/live/anna.b@home/a.b_c~d-e/{channel.pk}.ts").status_code == 302
