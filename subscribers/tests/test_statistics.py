"""The statistics: what pages and charts make of the sums of the days."""

import re
from datetime import date, timedelta

import pytest
from django.core.paginator import Paginator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import Settings
from pytest_django.asserts import assertContains, assertNotContains

from channels.admin_charts import heights
from channels.models import Channel
from channels.tests.factories import make_channel
from playlist_project.tests.api_client import make_staff
from subscribers import activity, admin_activity, statistics
from subscribers.activity_models import Activity, ChannelDay, Day, PlayerDay
from subscribers.models import Subscriber
from subscribers.players import FAMILIES, family
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 25)
STATISTICS = "/admin/statistics/"
ACTIVITY = "/admin/subscribers/activity/"


def watched(subscriber: Subscriber, channel: Channel | None = None, *, times: int = 1, days_ago: int = 0) -> None:
    for number in range(times):
        activity.record(
            Activity.Kind.SESSION,
            subscriber.pk,
            channel_id=channel.pk if channel else None,
            session_id=f"{days_ago}-{number}",
            address="203.0.113.77",
            user_agent="TiviMate/4.7.0 (Android TV)",
            bytes_so_far=1_000_000,
            at=timezone.now() - timedelta(days=days_ago),
        )
    activity.flush()


def clerk(*permissions: str) -> Client:
    client = Client()
    client.force_login(make_staff(*permissions))
    return client


@pytest.fixture
def _asked(settings: Settings) -> None:
    settings.FLUSSONIC_AUTH_SECRET = "secret"


def test_days_without_views_are_there_with_nothing() -> None:
    Day.objects.create(day=TODAY, views=5, bytes=7, subscribers=2)
    Day.objects.create(day=TODAY - timedelta(days=3), views=9)

    days = statistics.by_day(Day.objects.all(), today=TODAY, days=3)

    assert [(day.day.day, day.views, day.bytes, day.subscribers) for day in days] == [
        (23, 0, 0, 0),
        (24, 0, 0, 0),
        (25, 5, 7, 2),
    ]


def test_the_popular_channels_are_those_with_the_most_views_of_the_time() -> None:
    news, film, gone = make_channel(), make_channel(), make_channel()
    for channel, views, days_ago in ((news, 2, 0), (film, 1, 0), (film, 6, 6), (gone, 1, 1), (gone, 50, 7)):
        ChannelDay.objects.create(channel=channel, day=TODAY - timedelta(days=days_ago), views=views, bytes=10)
    gone_id = gone.pk
    gone.delete()

    def names(days: int) -> list[tuple[int | None, int, int]]:
        shares = statistics.popular_channels(today=TODAY, days=days, most=2)
        return [(share.channel_id, share.views, share.percent) for share in shares]

    assert names(1) == [(news.pk, 2, 67), (film.pk, 1, 33)]
    assert names(7) == [(film.pk, 7, 70), (news.pk, 2, 20)]
    assert names(30) == [(None, 51, 85), (film.pk, 7, 12)]
    assert gone_id


def test_players_have_their_share() -> None:
    for player, views in (("VLC", 3), ("Kodi", 1)):
        PlayerDay.objects.create(player=player, day=TODAY, views=views)

    assert [(share.name, share.percent) for share in statistics.players(today=TODAY, days=1)] == [
        ("VLC", 75),
        ("Kodi", 25),
    ]


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("VLC/3.0.18 LibVLC/3.0.18", "VLC"),
        ("Mozilla/5.0 (QtEmbedded; U; Linux; C) AppleWebKit/533.3 (KHTML, like Gecko) MAG200 stbapp ver: 4", "MAG"),
        ("Kodi/20.2 (Linux; Android 11)", "Kodi"),
        ("Lavf/58.76.100", "FFmpeg"),
        ("Jellyfin.Xtream/0.8", "Jellyfin"),
        ("TiviMate/4.7.0 (Android TV)", "TiviMate"),
        ("Mozilla/5.0 (Windows NT 10.0)", "browser"),
        ("Mozilla/5.0 (SMART-TV; Linux; Tizen 5.0)", "Samsung TV"),
        ("node", "other"),
        ("", "other"),
    ],
)
def test_a_player_is_known_by_what_it_says_of_itself(user_agent: str, name: str) -> None:
    assert family(user_agent) == name
    assert max(map(len, FAMILIES)) <= 40


def test_a_bar_is_as_high_as_its_share_of_the_highest_and_never_too_small_to_be_seen() -> None:
    assert heights([0, 1, 500, 1_000]) == [0, 2, 50, 100]
    assert heights([0, 0]) == [0, 0]
    assert heights([]) == []


@pytest.mark.usefixtures("_asked")
def test_the_page_shows_views_bandwidth_channels_and_players(admin_client: Client) -> None:
    watched(make_subscriber(), make_channel(display_name="Northern News"), times=3)

    page = admin_client.get(STATISTICS)

    for text in ("Northern News", "TiviMate", "100 %", "2.9\xa0MB", "Watching now"):
        assertContains(page, text)


def test_the_drawing_is_the_same_in_every_language_and_has_no_style_of_its_own(admin_client: Client) -> None:
    Day.objects.create(day=timezone.localdate(), views=1_234_567, bytes=3)

    def drawn(language: str) -> list[str]:
        with translation.override(language):
            text = admin_client.get(STATISTICS, headers={"accept-language": language}).content.decode()
        assert "style=" not in text
        return re.findall(r"<rect[^>]*>", text)

    assert drawn("ru") == drawn("en") != []


def test_while_nothing_was_watched_the_page_says_what_to_do(admin_client: Client) -> None:
    assertContains(admin_client.get(STATISTICS), "FLUSSONIC_AUTH_SECRET")


@pytest.mark.parametrize("days", ["", "1", "30", "8", "x", "-1"])
def test_any_period_is_answered(admin_client: Client, days: str) -> None:
    Day.objects.create(day=timezone.localdate(), views=1)

    assert admin_client.get(STATISTICS, {"days": days}).context["period"] in (1, 7, 30)


def test_statistics_are_for_those_who_see_channels() -> None:
    assert clerk("channels.view_channel").get(STATISTICS).status_code == 200
    assert clerk("subscribers.view_subscriber").get(STATISTICS).status_code == 403


@pytest.mark.usefixtures("_asked")
def test_the_statistics_take_the_same_queries_for_2_channels_and_20(admin_client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            admin_client.get(STATISTICS)
        return len(captured)

    for _ in range(2):
        watched(make_subscriber(), make_channel())
    few = queries()
    for _ in range(18):
        watched(make_subscriber(), make_channel())

    assert queries() == few <= 11


@pytest.mark.usefixtures("_asked")
def test_the_front_page_tells_of_today(admin_client: Client) -> None:
    channel = make_channel(display_name="Northern News")
    watched(make_subscriber(), channel, times=2)
    watched(make_subscriber(), channel, times=5, days_ago=1)

    context = admin_client.get("/admin/").context

    assert context["today"].views == 2
    assert context["watching"] == 2
    assert [(share.name, share.views) for share in context["popular"]] == [("Northern News", 2)]


@pytest.mark.usefixtures("_asked")
def test_a_subscribers_page_shows_the_activity_to_those_who_may_see_it() -> None:
    subscriber = make_subscriber()
    watched(subscriber, make_channel(display_name="Northern News"))
    where = reverse("admin:subscribers_subscriber_change", args=[subscriber.pk])

    seen = clerk("subscribers.view_subscriber", "subscribers.view_activity").get(where)
    unseen = clerk("subscribers.view_subscriber").get(where)

    for text in ("203.0.113.77", "TiviMate/4.7.0", "Northern News", f"{ACTIVITY}?of={subscriber.pk}"):
        assertContains(seen, text)
        assertNotContains(unseen, text)


def test_the_list_of_activity_is_for_those_who_may_see_it() -> None:
    assert clerk("subscribers.view_activity").get(ACTIVITY).status_code == 200
    assert clerk("subscribers.view_subscriber").get(ACTIVITY).status_code == 403


def test_activity_is_found_by_the_subscribers_agreement_number_and_filtered(admin_client: Client) -> None:
    anna, boris = make_subscriber(agreement_number="A/17"), make_subscriber(agreement_number="B/18")
    for subscriber in (anna, boris):
        watched(subscriber)
        activity.record(Activity.Kind.PLAYLIST, subscriber.pk)
    activity.flush()

    def found(**query: str) -> list[tuple[str, str]]:
        rows = admin_client.get(ACTIVITY, query).context["cl"].result_list
        return sorted((row.subscriber.agreement_number, row.kind) for row in rows)

    assert found(q="a/17") == [("A/17", "playlist"), ("A/17", "session")]
    assert found(kind__exact="playlist") == [("A/17", "playlist"), ("B/18", "playlist")]
    assert found(of=str(boris.pk), kind__exact="session") == [("B/18", "session")]
    assert found(q="nobody") == []
    assert len(found(of="x")) == 4


def test_activity_cannot_be_changed(admin_client: Client) -> None:
    watched(make_subscriber())
    row = Activity.objects.get()

    assert admin_client.get(f"{ACTIVITY}add/").status_code == 403
    assert admin_client.post(f"{ACTIVITY}{row.pk}/change/", {"times": 9}).status_code == 403
    assert admin_client.post(f"{ACTIVITY}{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_list_counts_no_more_than_anybody_turns_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_activity, "MOST_LISTED", 3)
    watched(make_subscriber(), times=5)

    pages: Paginator[Activity] = admin_activity.NewestPages(Activity.objects.all(), 2)

    assert (pages.count, pages.num_pages) == (3, 2)
    assert len(pages.page(2).object_list) <= 2


@pytest.mark.usefixtures("_asked")
def test_a_channels_page_shows_its_views(admin_client: Client) -> None:
    channel = make_channel()
    watched(make_subscriber(), channel, times=4)
    watched(make_subscriber(), make_channel(), times=9)

    page = admin_client.get(reverse("admin:channels_channel_change", args=[channel.pk]))

    assert [chart.total for chart in page.context["charts"]] == ["4", "3.8\xa0MB"]
