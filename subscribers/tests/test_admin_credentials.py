"""Passwords and addresses for players on a subscriber's page: shown once, to those who may."""

import logging

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from channels.tests.admin_steps import staff_client
from subscribers import services
from subscribers.models import Subscriber
from subscribers.passwords import matches
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
MAY = ("view_subscriber", "change_subscriber", "view_token")


@pytest.fixture(autouse=True)
def _public(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://tv.example.com"


def page(name: str, subscriber: Subscriber) -> str:
    return reverse(f"admin:subscribers_subscriber_{name}", args=[subscriber.pk])


def test_a_new_password_is_asked_about_first(admin_client: Client) -> None:
    subscriber = make_subscriber(agreement_number="A-7")

    assertContains(admin_client.get(page("password", subscriber)), "Players can log in as A-7 with it.")
    subscriber.refresh_from_db()
    assert not subscriber.has_password


def test_a_new_password_is_shown_once_with_every_address_that_holds_it(
    admin_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    subscriber = make_subscriber(username="anna")

    made = admin_client.post(page("password", subscriber))

    values = {address.key: address.value for address in made.context["addresses"]}
    login = f"username=anna&password={values['password']}"
    subscriber.refresh_from_db()
    assert matches(values["password"], subscriber.password_digest)
    assert values == {
        "playlist": f"https://tv.example.com/playlist/{subscriber.token}.m3u8",
        "guide": f"https://tv.example.com/epg/{subscriber.token}.xml.gz",
        "server": "https://tv.example.com",
        "username": "anna",
        "password": values["password"],
        "hls": f"https://tv.example.com/get.php?{login}&type=m3u_plus&output=m3u8",
        "ts": f"https://tv.example.com/get.php?{login}&type=m3u_plus&output=ts",
        "xmltv": f"https://tv.example.com/xmltv.php?{login}",
    }
    assert "no-store" in made["Cache-Control"]
    assert values["password"] not in str(made.cookies) + str(dict(admin_client.session)) + caplog.text
    for later in (page("change", subscriber), page("history", subscriber), "/admin/"):
        assertNotContains(admin_client.get(later, follow=True), values["password"])


def test_later_a_word_stands_for_the_password(admin_client: Client) -> None:
    subscriber = make_subscriber(username="anna")
    services.generate_password(subscriber)

    shown = admin_client.get(page("change", subscriber))

    assertContains(shown, "username=anna&amp;password=<mark>PASSWORD</mark>&amp;type=m3u_plus&amp;output=ts")
    assertContains(shown, "replace <mark>PASSWORD</mark> in these addresses by it")


def test_a_word_that_stands_for_the_password_is_not_offered_as_one(admin_client: Client) -> None:
    subscriber = make_subscriber(username="PASSWORD")
    services.generate_password(subscriber)

    shown = admin_client.get(page("change", subscriber))

    assert "password" not in [address.key for address in shown.context["addresses"]]
    assertContains(shown, "username=PASSWORD&amp;password=<mark>PASSWORD</mark>&amp;type=m3u_plus&amp;output=ts")


def test_the_word_for_the_password_can_be_read_in_russian_too(admin_client: Client) -> None:
    subscriber = make_subscriber(username="anna")
    services.generate_password(subscriber)
    admin_client.cookies[settings.LANGUAGE_COOKIE_NAME] = "ru"

    assertContains(
        admin_client.get(page("change", subscriber)), "username=anna&amp;password=<mark>ПАРОЛЬ</mark>&amp;type=m3u_plus"
    )


def test_without_a_password_there_are_only_the_addresses_that_need_none(admin_client: Client) -> None:
    shown = admin_client.get(page("change", make_subscriber(username="anna")))

    assert [address.key for address in shown.context["addresses"]] == ["playlist", "guide"]
    assertContains(shown, "there is none yet")


def test_a_chosen_password_is_shown_with_its_addresses(admin_client: Client) -> None:
    subscriber = make_subscriber()

    assertContains(admin_client.get(page("set_password", subscriber)), 'autocomplete="off"')
    made = admin_client.post(page("set_password", subscriber), {"password": "correct-horse"})

    assertContains(made, "password=correct-horse&amp;type")
    assert "no-store" in made["Cache-Control"]
    subscriber.refresh_from_db()
    assert matches("correct-horse", subscriber.password_digest)


@pytest.mark.parametrize(
    ("password", "complaint"),
    [("short", "8 to 128 letters"), ("correct horse", "only Latin letters"), ("", "This field is required")],
)
def test_a_password_that_will_not_do_is_refused_in_words(admin_client: Client, password: str, complaint: str) -> None:
    subscriber = make_subscriber()

    refused = admin_client.post(page("set_password", subscriber), {"password": password})

    assertContains(refused, complaint)
    subscriber.refresh_from_db()
    assert not subscriber.has_password


def test_a_password_is_removed_after_a_question(admin_client: Client) -> None:
    subscriber = make_subscriber()
    services.generate_password(subscriber)

    assertContains(admin_client.get(page("remove_password", subscriber)), "stop working")
    assertRedirects(admin_client.post(page("remove_password", subscriber)), page("change", subscriber))
    subscriber.refresh_from_db()
    assert not subscriber.has_password


@pytest.mark.parametrize("missing", MAY[1:])
@pytest.mark.parametrize("name", ["password", "set_password", "remove_password"])
def test_it_takes_both_the_right_to_change_and_to_see_tokens(name: str, missing: str) -> None:
    clerk = staff_client(*(permission for permission in MAY if permission != missing))
    subscriber = make_subscriber()

    assert clerk.get(page(name, subscriber)).status_code == 403
    assert clerk.post(page(name, subscriber), {"password": "correct-horse"}).status_code == 403
    assertNotContains(clerk.get(page("change", subscriber)), "New password…")


def test_who_sees_no_tokens_sees_no_addresses() -> None:
    subscriber = make_subscriber(username="anna")
    services.generate_password(subscriber)

    shown = staff_client("view_subscriber").get(page("change", subscriber))

    assertNotContains(shown, "get.php")
    assertNotContains(shown, subscriber.token)


@pytest.mark.parametrize(
    ("before", "sent", "is_taken"), [("+7 900", "+7 900", True), ("", "+7 900", False), ("", "a@b.c", True)]
)
def test_user_names_that_change_have_to_fit_into_addresses(
    admin_client: Client, before: str, sent: str, is_taken: bool
) -> None:
    subscriber = make_subscriber(username=before or None)
    fields = {
        name: getattr(subscriber, name)
        for name in ("first_name", "last_name", "agreement_number", "status", "max_sessions")
    }

    answer = admin_client.post(page("change", subscriber), {**fields, "username": sent, "_continue": "1"})

    subscriber.refresh_from_db()
    assert (answer.status_code == 302, subscriber.username) == (is_taken, sent if is_taken else before or None)
