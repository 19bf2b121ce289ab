"""The page of one subscriber and the list: dates, channels of their own, paths, tokens, what there is to do first."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains
from pytest_django.fixtures import Settings

from catalog.tests.factories import make_package, make_tariff
from channels.tests.admin_steps import staff_client
from channels.tests.factories import make_channel, make_channels, make_group
from demo.auth_service import AuthServiceStandIn
from integrations.auth_service.delivery import deliver_subscriber
from playlist_project.tests.test_admin_site import queries_of
from subscribers.models import OutboxEntry, Subscriber
from subscribers.tests.factories import make_subscriber
from subscribers.tests.test_admin import SUBSCRIBERS, commits, fields, found, page_of

pytestmark = pytest.mark.django_db
ALL_BUT_TOKENS = ("view_subscriber", "change_subscriber", "view_tariff", "view_package", "view_channel")


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ({"valid_until_0": "2027-01-31"}, "2027-01-31T23:59:59+03:00"),
        ({"valid_until_0": "2027-01-31", "valid_until_1": "12:00"}, "2027-01-31T12:00:00+03:00"),
        ({"valid_from_0": "2027-01-31"}, "2027-01-31T00:00:00+03:00"),
    ],
)
def test_a_date_alone_means_the_whole_day_where_the_operator_is(
    admin_client: Client, settings: Settings, given: dict[str, str], moment: str
) -> None:
    settings.TIME_ZONE = "Europe/Moscow"

    admin_client.post(f"{SUBSCRIBERS}add/", fields(**given))

    subscriber = Subscriber.objects.get()
    assert (subscriber.valid_from or subscriber.valid_until) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(("day", "clock"), [("9999-12-31", ""), ("", "12:00"), ("soon", "")])
def test_a_moment_that_cannot_be_is_told(admin_client: Client, day: str, clock: str) -> None:
    page = admin_client.post(f"{SUBSCRIBERS}add/", fields(valid_until_0=day, valid_until_1=clock))

    assertContains(page, "errorlist")
    assert not Subscriber.objects.exists()


def test_of_many_channels_only_the_difference_is_sent(admin_client: Client) -> None:
    own, new = make_channels(301), make_channel()
    subscriber = make_subscriber(channels=own)

    page = admin_client.get(page_of(subscriber))
    assertContains(page, 'name="by_difference"')
    assert page.content.decode().count("<option") < 20
    change = fields(by_difference="True", add_channels=[new.pk], remove_channels=[own[0].pk])
    admin_client.post(page_of(subscriber), change)

    assert set(subscriber.channels.all()) == {*own[1:], new}


def test_a_form_for_many_channels_takes_nothing_away_when_they_are_few_by_now(admin_client: Client) -> None:
    subscriber = make_subscriber(channels=make_channels(2))

    admin_client.post(page_of(subscriber), fields(by_difference="True"))

    assert subscriber.channels.count() == 2


def test_only_own_channels_are_found_to_be_taken_away(admin_client: Client) -> None:
    own = make_channel(display_name="Harbour one")
    make_subscriber(channels=[make_channel(display_name="Harbour two")])
    subscriber = make_subscriber(channels=[own, make_channel(display_name="Market")])
    query = {"term": "harbour", "app_label": "subscribers", "model_name": "subscriber", "field_name": "channels"}

    answer = admin_client.get(page_of(subscriber, "own-channels"), query)

    assert answer.json()["results"] == [{"id": str(own.pk), "text": "Harbour one"}]


def test_who_may_only_look_is_shown_many_channels_without_fields() -> None:
    client, subscriber = staff_client("view_subscriber"), make_subscriber(channels=make_channels(301))

    page = client.get(page_of(subscriber))

    assertContains(page, "301 channels of their own")
    assertNotContains(page, "add_channels")
    assert client.get(page_of(subscriber, "own-channels")).status_code == 403


def test_each_channel_is_shown_with_its_paths(admin_client: Client) -> None:
    channel = make_channel(display_name="Matchday", group=make_group(name="Sport TV"))
    packages = [make_package(name=name, channels=[channel]) for name in ("Basic", "Kids", "Sport")]
    subscriber = make_subscriber(
        channels=[channel], packages=packages, tariffs=[make_tariff(name="Premium", packages=packages)]
    )

    page = admin_client.get(page_of(subscriber))

    for words in ("Matchday", "Sport TV", "directly", "package Basic", "package Kids", "+4 more"):
        assertContains(page, words)


def test_the_path_through_a_tariff_names_both(admin_client: Client) -> None:
    sport = make_package(name="Sport", channels=[make_channel()])
    subscriber = make_subscriber(tariffs=[make_tariff(name="Premium", packages=[sport])])

    assertContains(admin_client.get(page_of(subscriber, "channels")), "tariff Premium → package Sport")


def test_all_channels_are_shown_in_pages_and_counted_on(admin_client: Client) -> None:
    subscriber = make_subscriber(packages=[make_package(channels=make_channels(103))])

    page = admin_client.get(page_of(subscriber, "channels"), {"p": 2})

    assert [row.place for row in page.context["rows"]] == [101, 102, 103]
    assertContains(page, "Page 2 of 2")


@pytest.mark.parametrize(("words", "names"), [("СЕВЕР", ["Север"]), ("north tv", ["TV North"]), ("\0", ["Север"])])
def test_channels_are_searched(admin_client: Client, words: str, names: list[str]) -> None:
    channels = [make_channel(display_name=name) for name in ("Север", "TV North", "North")]
    subscriber = make_subscriber(channels=channels)

    page = admin_client.get(page_of(subscriber, "channels"), {"q": words})

    assert [row.channel.display_name for row in page.context["rows"]][: len(names)] == names


def test_a_search_that_finds_nothing_says_so(admin_client: Client) -> None:
    page = admin_client.get(page_of(make_subscriber(channels=[make_channel()]), "channels"), {"q": "nobody"})

    assertContains(page, "None of this subscriber's channels is called that.")


@pytest.mark.parametrize("name", ["change", "channels"])
def test_pages_take_no_more_queries_for_20_channels_than_for_2(admin_client: Client, name: str) -> None:
    subscriber = make_subscriber()
    page = page_of(subscriber, name)

    def hold(amount: int) -> list[str]:
        channels = [make_channel(group=make_group()) for _ in range(amount)]
        subscriber.packages.add(*(make_package(channels=channels) for _ in range(amount)))
        subscriber.tariffs.add(make_tariff(packages=[make_package(channels=channels)]))
        subscriber.channels.add(*channels)
        admin_client.get(page)
        return queries_of(lambda: admin_client.get(page))

    few, many = hold(2), hold(20)

    assert len(many) <= len(few), "\n".join(many)  # the last changes of few are of more kinds


def test_the_last_changes_are_shown_and_no_token_among_them(admin_client: Client) -> None:
    subscriber = make_subscriber(token="a-token-of-old", tariffs=[make_tariff(name="Premium")])
    admin_client.post(page_of(subscriber, "token"))
    for sessions in range(2, 6):
        admin_client.post(page_of(subscriber), fields(max_sessions=sessions))

    page = admin_client.get(page_of(subscriber))

    assert len(page.context["changes"]) == 5
    assertContains(page, "<del>4</del> → <ins>5</ins>")
    assertContains(page, page_of(subscriber, "history"))
    assertNotContains(page, "a-token-of-old")


def test_without_the_permission_no_page_shows_the_token(settings: Settings) -> None:
    settings.AUTH_SERVICE_URL = "http://auth.example.com"
    client, subscriber = staff_client(*ALL_BUT_TOKENS), make_subscriber(channels=[make_channel()])

    for address in (SUBSCRIBERS, page_of(subscriber), page_of(subscriber, "channels"), page_of(subscriber, "token")):
        page = client.get(address)
        assertNotContains(page, subscriber.token)
        assertNotContains(page, f"{subscriber.pk}/playlist/")
        assertNotContains(page, f"{subscriber.pk}/preview/")


@pytest.mark.parametrize("name", ["playlist", "preview"])
@pytest.mark.parametrize(("more", "status"), [((), 403), (("view_token",), 200)])
def test_playlists_are_for_those_who_may_see_tokens(name: str, more: tuple[str, ...], status: int) -> None:
    client = staff_client(*ALL_BUT_TOKENS, *more)

    assert client.get(page_of(make_subscriber(), name)).status_code == status


def test_a_token_that_nobody_sees_can_be_regenerated_all_the_same() -> None:
    client, subscriber = staff_client(*ALL_BUT_TOKENS), make_subscriber()

    page = client.post(page_of(subscriber, "token"), follow=True)

    new = Subscriber.objects.get().token
    assert new != subscriber.token
    assertNotContains(page, new)


def test_the_list_leads_where_the_account_may_go() -> None:
    make_subscriber()

    assertContains(staff_client("view_subscriber").get(SUBSCRIBERS), ">View</a>")


def test_what_was_delivered_can_be_sent_again(admin_client: Client, auth_service: AuthServiceStandIn) -> None:
    subscriber = make_subscriber(channels=[make_channel()])
    deliver_subscriber(subscriber.pk)
    auth_service.tokens.clear()

    assertContains(admin_client.get(page_of(subscriber)), "Send again</button>")
    admin_client.post(page_of(subscriber, "deliver"), {"again": "yes"})

    assert list(auth_service.by_token()) == [subscriber.token]


def test_what_failed_can_be_retried(admin_client: Client, auth_service: AuthServiceStandIn) -> None:
    subscriber = make_subscriber()
    OutboxEntry.objects.update(failing_since=timezone.now(), last_error="It did not answer.")

    page = admin_client.get(page_of(subscriber))

    assertContains(page, "It did not answer.")
    assertContains(page, "Retry now</button>")


@commits
def test_a_form_that_is_refused_still_shows_the_rest_of_the_page(admin_client: Client) -> None:
    subscriber = make_subscriber(channels=[make_channel(display_name="Matchday")])

    page = admin_client.post(page_of(subscriber), fields(max_sessions=0))

    assertContains(page, "Sessions must be a number from 1 to 100.")
    assertContains(page, "Matchday")


@pytest.mark.parametrize("sessions", ["0", "-1", "101", "99999999999", "three"])
def test_whatever_number_of_sessions_will_not_do_is_told_in_the_same_words(admin_client: Client, sessions: str) -> None:
    page = admin_client.post(page_of(make_subscriber()), fields(max_sessions=sessions))

    assertContains(page, "How many streams may run at the same time: 1 to 100.")
    assert page.context["adminform"].form.errors == {"max_sessions": ["Sessions must be a number from 1 to 100."]}


def test_a_new_subscriber_has_the_usual_number_of_sessions(admin_client: Client, settings: Settings) -> None:
    settings.DEFAULT_MAX_SESSIONS = 3

    assertContains(admin_client.get(f"{SUBSCRIBERS}add/"), 'name="max_sessions" value="3"')


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"status": "disabled"}, "Disabled: players get no playlist"),
        ({"valid_until": timezone.now() - timedelta(days=1)}, "Lapsed"),
        ({"valid_from": timezone.now() + timedelta(days=1)}, "until then players get no playlist"),
    ],
    ids=["disabled", "lapsed", "not yet valid"],
)
def test_the_page_says_at_its_top_and_beside_the_addresses_that_players_get_nothing(
    admin_client: Client, given: dict[str, Any], told: str
) -> None:
    subscriber = make_subscriber(**given)

    page = admin_client.get(page_of(subscriber))

    assertContains(page, told, count=2)
    assert Client().get(f"/playlist/{subscriber.token}.m3u8").status_code == 404


def test_the_page_of_who_may_watch_has_no_such_note(admin_client: Client) -> None:
    assertNotContains(admin_client.get(page_of(make_subscriber())), "no-access")


def test_an_empty_list_says_what_to_do_first(admin_client: Client) -> None:
    assertContains(admin_client.get(SUBSCRIBERS), "There are no users yet.")


@pytest.mark.parametrize("query", ["?q=nobody", "?status__exact=disabled", "?id__in=0"])
def test_a_list_that_finds_nobody_leads_back_to_all(admin_client: Client, query: str) -> None:
    make_subscriber()

    assertContains(admin_client.get(SUBSCRIBERS + query), "Clear search and filters")


def test_many_tariffs_are_searched_and_not_listed(admin_client: Client) -> None:
    tariffs = [make_tariff() for _ in range(16)]
    subscriber = make_subscriber(tariffs=tariffs[:1])
    make_subscriber(tariffs=tariffs[1:2])
    query = f"?status__exact=enabled&tariffs__id__exact={tariffs[0].pk}"

    page: Any = admin_client.get(SUBSCRIBERS + query)

    assert found(admin_client, query) == {subscriber}
    assertContains(page, 'id="filter_tariffs__id__exact"')
    assertContains(page, '<input type="hidden" name="status__exact" value="enabled">', html=True)
    assertNotContains(page, f"tariffs__id__exact={tariffs[5].pk}")
