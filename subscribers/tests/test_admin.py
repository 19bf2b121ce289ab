"""Subscribers in the admin, and what the Auth Service has yet to hear of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects
from pytest_django.fixtures import Settings

from catalog.tests.factories import make_package, make_tariff
from channels.tests.admin_steps import act, staff_client
from channels.tests.factories import make_channel, make_channels
from demo.auth_service import AuthServiceStandIn
from integrations.auth_service.delivery import deliver_subscriber
from subscribers.admin import SubscriberAdmin
from subscribers.models import OutboxEntry, Subscriber
from subscribers.services import rotate_token
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
SUBSCRIBERS = "/admin/subscribers/subscriber/"
# The delivery comes after the commit, which is why these tests commit.
commits = pytest.mark.django_db(transaction=True)


def page_of(subscriber: Subscriber, name: str = "change") -> str:
    return f"{SUBSCRIBERS}{subscriber.pk}/{name}/"


def fields(**changes: Any) -> dict[str, Any]:
    return {
        "last_name": "Subscriber",
        "first_name": "Test",
        "agreement_number": "A-1",
        "status": "enabled",
        "max_sessions": 2,
        **changes,
    }


def found(client: Client, query: str) -> set[Subscriber]:
    return set(client.get(SUBSCRIBERS + query).context["cl"].result_list)


@commits
def test_a_new_subscriber_is_delivered_after_the_commit(admin_client: Client, auth_service: AuthServiceStandIn) -> None:
    package = make_package(channels=[make_channel(stream_name="news")])

    page = admin_client.post(f"{SUBSCRIBERS}add/", fields(packages=[package.pk]), follow=True)

    (held,) = auth_service.tokens.values()
    assert (held["user_id"], held["allowed_streams"]) == ("A-1", ["news"])
    assertNotContains(page, "has not got it yet")


@commits
def test_a_change_that_cannot_be_delivered_is_saved_with_a_warning(
    admin_client: Client, auth_service: AuthServiceStandIn
) -> None:
    subscriber = make_subscriber()
    auth_service.faults.status = 503

    page = admin_client.post(page_of(subscriber), fields(last_name="Petrova"), follow=True)

    subscriber.refresh_from_db()
    assert subscriber.last_name == "Petrova"
    assertContains(page, "the Auth Service has not got it yet")
    assertContains(page, '<li class="warning">')


@commits
def test_without_an_auth_service_nothing_is_said_of_it(admin_client: Client) -> None:
    subscriber = make_subscriber()

    page = admin_client.post(page_of(subscriber), fields(), follow=True)

    assertContains(page, "was changed successfully")
    assertNotContains(page, "The Auth Service")


def test_regenerating_asks_first_and_then_replaces_the_token(
    admin_client: Client, auth_service: AuthServiceStandIn
) -> None:
    subscriber = make_subscriber()

    assertContains(admin_client.get(page_of(subscriber, "token")), "stops working at once")
    assert Subscriber.objects.get().token == subscriber.token
    assertRedirects(admin_client.post(page_of(subscriber, "token")), page_of(subscriber))

    new = Subscriber.objects.get().token
    assert new != subscriber.token
    assert list(auth_service.by_token()) == [new]


def test_send_now_delivers_what_waits(admin_client: Client, auth_service: AuthServiceStandIn) -> None:
    subscriber = make_subscriber()
    assertContains(admin_client.get(page_of(subscriber)), '<span class="mark mark-busy">pending</span>', html=True)

    page = admin_client.post(page_of(subscriber, "deliver"), follow=True)

    assertContains(page, '<span class="mark mark-good">delivered</span>', html=True)
    assertContains(page, "The Auth Service has the present state.")
    assert list(auth_service.by_token()) == [subscriber.token]


@pytest.mark.parametrize(
    ("method", "name", "status"),
    [("get", "deliver", 405), ("put", "token", 405), ("post", "playlist", 405), ("post", "preview", 405)],
)
def test_steps_are_taken_by_post_and_pages_read_by_get(
    admin_client: Client, method: str, name: str, status: int
) -> None:
    assert getattr(admin_client, method)(page_of(make_subscriber(), name)).status_code == status


@pytest.mark.parametrize(
    ("method", "name", "status"),
    [("post", "token", 403), ("get", "token", 403), ("post", "deliver", 403), ("get", "channels", 200)],
)
def test_who_may_only_look_takes_no_steps(method: str, name: str, status: int) -> None:
    subscriber = make_subscriber()
    client = staff_client("view_subscriber")

    assert getattr(client, method)(page_of(subscriber, name)).status_code == status
    assert Subscriber.objects.get().token == subscriber.token


@pytest.mark.parametrize("name", ["token", "preview", "playlist"])
def test_pages_of_nobody_are_not_found(admin_client: Client, name: str) -> None:
    assert admin_client.get(f"{SUBSCRIBERS}987654/{name}/").status_code == 404


def test_the_playlist_is_previewed_and_downloaded(admin_client: Client) -> None:
    subscriber = make_subscriber(channels=[make_channel(stream_name="news")])

    assertContains(admin_client.get(page_of(subscriber, "preview")), "/news/video.m3u8?token=")
    download: Any = admin_client.get(page_of(subscriber, "playlist"))

    assert "attachment" in download["Content-Disposition"]
    assert b"/news/video.m3u8?token=" in b"".join(download.streaming_content)


def test_the_page_lists_the_channels_that_access_comes_to(admin_client: Client) -> None:
    subscriber = make_subscriber(packages=[make_package(channels=make_channels(101))])

    page = admin_client.get(page_of(subscriber))

    assert (page.context["resolved_total"], len(page.context["rows"])) == (101, 50)
    assertContains(page, "The first 50 of 101")


def test_the_list_shows_where_delivery_stands(admin_client: Client, settings: Settings) -> None:
    settings.AUTH_SERVICE_URL = "http://auth.example.com"
    delivered, pending, failing = (make_subscriber(last_name=name) for name in "ABC")
    OutboxEntry.objects.filter(token=delivered.token).delete()
    OutboxEntry.objects.filter(token=failing.token).update(failing_since=timezone.now())

    page = admin_client.get(SUBSCRIBERS)

    for word in ("delivered", "pending", "failing"):
        assertContains(page, f"{word}</span></td>", count=1)
    assert found(admin_client, "?delivery=failing") == {failing}
    assert found(admin_client, "?delivery=pending") == {pending, failing}
    assert found(admin_client, "?delivery=delivered") == {delivered}


def test_subscribers_are_filtered_by_validity_status_and_tariff(admin_client: Client) -> None:
    now, day = timezone.now(), timedelta(days=1)
    tariff = make_tariff()
    valid = make_subscriber(valid_until=now + day, tariffs=[tariff])
    lapsed = make_subscriber(valid_until=now - day)
    later = make_subscriber(valid_from=now + day)
    disabled = make_subscriber(status="disabled")

    assert found(admin_client, "?validity=now") == {valid, disabled}
    assert found(admin_client, "?validity=soon") == {valid}
    assert found(admin_client, "?validity=lapsed") == {lapsed}
    assert found(admin_client, "?validity=later") == {later}
    assert found(admin_client, "?status__exact=disabled") == {disabled}
    assert found(admin_client, f"?tariffs__id__exact={tariff.pk}") == {valid}
    assert found(admin_client, "?tariffs__isnull=True") == {lapsed, later, disabled}


@pytest.mark.parametrize("words", ["ЁЛКИНА", "анна", "A-77", "elka", "ёлкина анна"])
def test_search_looks_into_names_agreement_and_user_name(admin_client: Client, words: str) -> None:
    wanted = make_subscriber(first_name="Анна", last_name="Ёлкина", agreement_number="a-77", username="Elka")
    make_subscriber(first_name="Boris", agreement_number="B-1")

    assert found(admin_client, f"?q={words}") == {wanted}


def test_bad_dates_are_told_in_words(admin_client: Client) -> None:
    dates = {
        "valid_from_0": "2026-02-01",
        "valid_from_1": "00:00",
        "valid_until_0": "2026-01-01",
        "valid_until_1": "00:00",
    }

    page = admin_client.post(f"{SUBSCRIBERS}add/", fields(**dates))

    assertContains(page, "The end of validity must lie after its beginning.")
    assert not Subscriber.objects.exists()


def test_a_new_subscription_gets_the_usual_end(admin_client: Client, settings: Settings) -> None:
    settings.DEFAULT_EXPIRY_DAYS = 30

    initial = admin_client.get(f"{SUBSCRIBERS}add/").context["adminform"].form.initial

    assert timedelta(days=29) < initial["valid_until"] - timezone.now() <= timedelta(days=30)


def test_too_many_channels_of_their_own_are_kept_out_of_the_form(admin_client: Client) -> None:
    subscriber = make_subscriber(channels=make_channels(301))

    assertContains(admin_client.get(page_of(subscriber)), "301 channels of their own")
    admin_client.post(page_of(subscriber), fields())

    assert subscriber.channels.count() == 301


def test_deleting_says_that_the_token_goes_too(admin_client: Client) -> None:
    subscriber = make_subscriber()

    assertContains(admin_client.get(page_of(subscriber, "delete")), "Tokens to be removed from the Auth Service: 1")
    act(admin_client, "delete_selected", [subscriber], SUBSCRIBERS, post="yes")

    assert not Subscriber.objects.exists()
    assert OutboxEntry.objects.get().token == subscriber.token


def test_what_waits_for_delivery_is_listed_without_tokens(admin_client: Client) -> None:
    gone, there = make_subscriber(), make_subscriber(last_name="Waiting", first_name="Anna")
    gone.delete()

    page = admin_client.get("/admin/subscribers/outboxentry/")

    assertContains(page, "Waiting Anna")
    assertContains(page, "a deleted one")
    assertNotContains(page, there.token)
    entry = OutboxEntry.objects.get(token=there.token)
    assertNotContains(admin_client.get(f"/admin/subscribers/outboxentry/{entry.pk}/change/"), there.token)


@commits
def test_a_deleted_subscriber_is_deleted_over_there_within_the_request(
    admin_client: Client, auth_service: AuthServiceStandIn
) -> None:
    subscriber = make_subscriber(channels=[make_channel()])
    deliver_subscriber(subscriber.pk)

    admin_client.post(page_of(subscriber, "delete"), {"post": "yes"})

    assert not auth_service.tokens


def test_saving_a_form_never_brings_back_a_token_that_was_replaced_meanwhile(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscriber = make_subscriber()
    save = SubscriberAdmin.save_model

    def save_late(self: Any, request: Any, obj: Any, *rest: Any) -> None:
        rotate_token(Subscriber.objects.get(pk=obj.pk))
        save(self, request, obj, *rest)

    monkeypatch.setattr(SubscriberAdmin, "save_model", save_late)
    admin_client.post(page_of(subscriber), fields())

    old = subscriber.token
    subscriber.refresh_from_db()
    assert (subscriber.agreement_number, subscriber.token != old) == ("A-1", True)


def test_the_page_asks_which_channel_to_explain(admin_client: Client) -> None:
    assertContains(admin_client.get(page_of(make_subscriber())), 'id="why_channel"')


def test_the_answer_says_what_stands_in_the_way_and_what_would_help(admin_client: Client) -> None:
    channel = make_channel(stream_name="news")
    make_tariff(name="Family", packages=[make_package(name="Basic", channels=[channel])])
    subscriber = make_subscriber(status="disabled")

    page = admin_client.get(page_of(subscriber, "why"), {"channel": channel.pk})

    for text in ("does not have", "The subscriber is disabled.", ">Basic</a>", ">Family</a>", "not configured"):
        assertContains(page, text)


def test_the_answer_names_every_path(admin_client: Client) -> None:
    channel = make_channel()
    subscriber = make_subscriber(channels=[channel], packages=[make_package(name="Basic", channels=[channel])])

    page = admin_client.get(page_of(subscriber, "why"), {"channel": channel.pk})

    assertContains(page, "given directly")
    assertContains(page, ">Basic</a>")
    assertNotContains(page, "does not have")


@pytest.mark.parametrize("channel", ["", "x", "999999", "99999999999999999999"])
def test_an_unknown_channel_is_asked_for_again(admin_client: Client, channel: str) -> None:
    page = admin_client.get(page_of(make_subscriber(), "why"), {"channel": channel})

    assertContains(page, "errorlist")


@pytest.mark.parametrize(("permission", "status"), [("view_channel", 403), ("view_subscriber", 200)])
def test_why_is_for_those_who_may_see_subscribers(permission: str, status: int) -> None:
    assert staff_client(permission).get(page_of(make_subscriber(), "why")).status_code == status
