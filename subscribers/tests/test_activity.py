"""Signs of activity: merged into rows, added to sums, and nothing else is touched by it."""

import threading
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pghistory.models
import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries, Settings

from channels.models import Channel
from channels.tests.factories import make_channel
from subscribers import activity
from subscribers.activity_models import Activity, ChannelDay, Day, PlayerDay, SubscriberDay
from subscribers.activity_writing import Sign, write
from subscribers.buffer import Buffer
from subscribers.models import OutboxEntry, Subscriber
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
SESSION, LIVE, PLAYLIST = Activity.Kind.SESSION, Activity.Kind.LIVE, Activity.Kind.PLAYLIST


@pytest.fixture
def anna() -> Subscriber:
    return make_subscriber()


@pytest.fixture
def news() -> Channel:
    return make_channel()


@pytest.fixture(autouse=True)
def _authorised_here(settings: Settings) -> None:
    settings.FLUSSONIC_AUTH_SECRET = "secret"


def watch(subscriber: Subscriber, channel: Channel, count: int = 0, *, seconds: int = 0, session: str = "s-1") -> None:
    """Note what Flussonic tells of a session so many seconds after noon."""
    at = NOON + timedelta(seconds=seconds)
    activity.record(
        SESSION, subscriber.pk, channel_id=channel.pk, session_id=session, bytes_so_far=count, at=at, protocol="hls"
    )


def only() -> Activity:
    return Activity.objects.get()


def test_the_signs_of_a_session_are_one_row(anna: Subscriber, news: Channel) -> None:
    watch(anna, news)
    watch(anna, news, 700, seconds=45)
    activity.flush()
    watch(anna, news, 1_500, seconds=90)
    activity.flush()

    row = only()
    assert (row.subscriber_id, row.channel_id, row.kind, row.protocol) == (anna.pk, news.pk, "session", "hls")
    assert (row.started_at, row.last_at) == (NOON, NOON + timedelta(seconds=90))
    assert (row.times, row.bytes) == (3, 1_500)


def test_two_sessions_are_two_rows(anna: Subscriber, news: Channel) -> None:
    watch(anna, news, 100, session="a")
    watch(anna, news, 100, session="b")
    activity.flush()

    assert Activity.objects.count() == 2
    assert Day.objects.get().views == 2


@pytest.mark.parametrize(
    ("counts", "total"),
    [
        ([(0, 100), (45, 250), (90, 400)], 400),
        ([(0, 100), (45, 250), (45, 250)], 250),
        ([(0, 100), (90, 400), (45, 250)], 400),
        ([(0, 100), (45, 250), (90, 30), (135, 80)], 330),
        ([(0, 0), (45, 250), (90, 0), (135, 300)], 300),
        ([(0, 100), (45, 2**60), (90, 200), (135, -5)], 200),
    ],
    ids=["it grows", "a repeat", "a late one", "a new count", "not told every time", "nonsense"],
)
@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
def test_bytes_are_counted_from_the_beginning_of_a_session(
    anna: Subscriber, news: Channel, counts: list[tuple[int, int]], total: int, together: bool
) -> None:
    for seconds, count in counts:
        watch(anna, news, count, seconds=seconds)
        together or activity.flush()
    activity.flush()

    anna.refresh_from_db()
    assert only().bytes == anna.bytes_used == Day.objects.get().bytes == total


def test_requests_of_one_player_for_the_same_are_one_row_an_hour(anna: Subscriber, news: Channel) -> None:
    for minutes in (0, 5, 59, 60):
        at = NOON + timedelta(minutes=minutes)
        activity.record(LIVE, anna.pk, channel_id=news.pk, address="203.0.113.7", user_agent="Kodi/20", at=at)
    activity.record(LIVE, anna.pk, channel_id=news.pk, address="203.0.113.8", user_agent="Kodi/20", at=NOON)
    activity.flush()

    assert sorted(Activity.objects.values_list("times", flat=True)) == [1, 1, 3]


def test_the_last_access_is_the_newest_one(anna: Subscriber) -> None:
    activity.record(PLAYLIST, anna.pk, at=NOON)
    activity.flush()
    activity.record(PLAYLIST, anna.pk, at=NOON - timedelta(hours=3))
    activity.flush()

    anna.refresh_from_db()
    assert anna.last_access == NOON


def test_activity_changes_nothing_that_history_the_auth_service_or_an_open_form_looks_at(
    anna: Subscriber, news: Channel
) -> None:
    OutboxEntry.objects.all().delete()
    history = pghistory.models.Events.objects.count()
    watch(anna, news, 1_000)
    activity.flush()

    before = anna.updated_at
    anna.refresh_from_db()
    assert anna.bytes_used == 1_000
    assert anna.updated_at == before
    assert not OutboxEntry.objects.exists()
    assert pghistory.models.Events.objects.count() == history


def test_who_has_been_deleted_meanwhile_keeps_nobody_from_being_written(anna: Subscriber, news: Channel) -> None:
    gone = make_subscriber()
    watch(gone, news)
    watch(anna, news)
    gone.delete()

    assert activity.flush()
    assert only().subscriber_id == anna.pk


def test_activities_go_with_their_subscriber_and_sums_stay(anna: Subscriber, news: Channel) -> None:
    watch(anna, news)
    activity.flush()
    anna.delete()

    assert not Activity.objects.exists()
    assert not SubscriberDay.objects.exists()
    assert ChannelDay.objects.get().views == 1


def test_a_channel_that_is_deleted_waits_for_no_activity(anna: Subscriber, news: Channel) -> None:
    watch(anna, news)
    activity.flush()
    news.delete()
    activity.flush()

    assert only().channel_id


def test_sums_are_of_each_day_in_the_operators_zone(anna: Subscriber, news: Channel, settings: Settings) -> None:
    settings.TIME_ZONE = "Asia/Yekaterinburg"  # five hours ahead
    evening = 7 * 3600  # 19:00 UTC
    watch(anna, news, 100, seconds=evening - 60)
    watch(anna, news, 180, seconds=evening + 60)
    watch(make_subscriber(), news, 50, seconds=evening + 60, session="s-2")
    activity.flush()
    watch(anna, news, 200, seconds=evening + 120)
    activity.flush()

    # The bytes of a batch count to the day of its last sign.
    assert list(Day.objects.order_by("day").values_list("day", "views", "bytes", "subscribers")) == [
        (date(2026, 11, 26), 2, 250, 2)
    ]
    assert list(ChannelDay.objects.values_list("channel_id", "views", "bytes")) == [(news.pk, 2, 250)]
    assert list(SubscriberDay.objects.order_by("subscriber").values_list("views", "bytes")) == [(1, 200), (1, 50)]


def test_players_are_counted_by_family(anna: Subscriber, news: Channel, settings: Settings) -> None:
    settings.FLUSSONIC_AUTH_SECRET = ""
    for agent in ("VLC/3.0.18 LibVLC/3.0.18", "VLC/3.0.20", "TiviMate/4.7 (Android)", ""):
        activity.record(LIVE, anna.pk, channel_id=news.pk, user_agent=agent, at=NOON)
    activity.flush()

    assert dict(PlayerDay.objects.values_list("player", "views")) == {"VLC": 2, "TiviMate": 1, "other": 1}


@pytest.mark.parametrize(
    ("configured", "views"),
    [({"FLUSSONIC_AUTH_SECRET": "s"}, 1), ({"FLUSSONIC_AUTH_ADDRESSES": ["10.0.0.1"]}, 1), ({}, 2)],
    ids=["asked with the secret", "asked from an address", "not asked"],
)
def test_a_view_is_a_session_where_flussonic_asks_and_a_redirect_where_it_does_not(
    anna: Subscriber, news: Channel, settings: Settings, configured: dict[str, Any], views: int
) -> None:
    settings.FLUSSONIC_AUTH_SECRET = ""
    for name, value in configured.items():
        setattr(settings, name, value)
    activity.record(LIVE, anna.pk, channel_id=news.pk, at=NOON)
    activity.record(Activity.Kind.ARCHIVE, anna.pk, channel_id=news.pk, at=NOON)
    activity.record(PLAYLIST, anna.pk, at=NOON)
    watch(anna, news)
    watch(anna, news, seconds=45)
    activity.flush()

    assert Day.objects.get().views == ChannelDay.objects.get().views == SubscriberDay.objects.get().views == views


def test_what_players_send_cannot_break_a_batch(anna: Subscriber, news: Channel) -> None:
    activity.record(
        LIVE,
        anna.pk,
        channel_id=news.pk,
        address="not an address",
        user_agent="\0\ud800" + "x" * 500,
        protocol="y" * 50,
        at=NOON,
    )
    activity.record(SESSION, anna.pk, session_id="\0\udfff" * 300, bytes_so_far=2**70, at=NOON)

    assert activity.flush()
    row = Activity.objects.get(kind=LIVE)
    assert (row.address, row.user_agent, row.protocol) == (None, "\ufffd?" + "x" * 198, "y" * 20)


def test_of_an_address_with_a_zone_which_postgresql_does_not_know_the_address_is_kept(anna: Subscriber) -> None:
    activity.record(LIVE, anna.pk, address="fe80::1%eth0", at=NOON)

    assert activity.flush()
    assert Activity.objects.get().address == "fe80::1"


def test_a_batch_takes_the_same_statements_whatever_is_in_it(
    news: Channel, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for amount in (2, 20):
        for number, subscriber in enumerate([make_subscriber() for _ in range(amount)]):
            watch(subscriber, news, 100, session=f"s-{number}")
        with django_assert_num_queries(12):  # two of them a savepoint
            activity.flush()


def test_nothing_personal_is_kept_where_activities_are_not(anna: Subscriber, news: Channel, settings: Settings) -> None:
    settings.ACTIVITY_DAYS = 0
    activity.record(LIVE, anna.pk, channel_id=news.pk, address="203.0.113.7", user_agent="VLC", at=NOON)
    activity.flush()

    assert (only().address, only().user_agent) == (None, "")
    assert activity.forget_old_activity(now=NOON + timedelta(minutes=59)) == 0
    assert activity.forget_old_activity(now=NOON + timedelta(minutes=61)) == 1


def test_activities_and_sums_are_forgotten_in_their_time(anna: Subscriber, news: Channel, settings: Settings) -> None:
    settings.ACTIVITY_DAYS, settings.STATISTICS_DAYS = 14, 100
    for days in (101, 100, 63, 62, 15, 13):
        watch(anna, news, 10, seconds=-days * 86_400, session=str(days))
    activity.flush()

    assert activity.forget_old_activity(now=NOON) == 5
    assert ages(Activity.objects.values_list("last_at__date", flat=True)) == [13]
    assert ages(SubscriberDay.objects.values_list("day", flat=True)) == [13, 15, 62]
    for model in (Day, ChannelDay, PlayerDay):
        assert ages(model.objects.values_list("day", flat=True)) == [13, 15, 62, 63, 100]
    settings.STATISTICS_DAYS = 0
    activity.forget_old_activity(now=NOON + timedelta(days=10_000))
    assert Day.objects.count() == 5
    assert not SubscriberDay.objects.exists()


def ages(days: Any) -> list[int]:
    return sorted((NOON.date() - day).days for day in days)


@pytest.mark.django_db(transaction=True)
def test_processes_that_write_the_same_rows_at_once_lose_nothing_and_never_deadlock() -> None:
    subscribers, channels = [make_subscriber() for _ in range(10)], [make_channel() for _ in range(5)]
    held_up: list[int] = []

    def batches(number: int) -> Iterator[list[Sign]]:
        for turn in range(25):
            signs = [
                Sign(SESSION, who.pk, channel.pk, "", "", "", f"{turn}", 1_000 * (number + 1), NOON)
                for who in subscribers
                for channel in channels
            ]
            yield signs[:: 1 if number % 2 else -1]

    def work(number: int) -> None:
        buffer = Buffer("test", write)
        for batch in batches(number):
            for sign in batch:
                buffer.add(sign)
            if not buffer.flush():
                held_up.append(number)
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not held_up
    assert Activity.objects.count() == 25 * 50
    assert set(Activity.objects.values_list("times", "bytes")) == {(4, 4_000)}
    assert (Day.objects.get().views, Day.objects.get().subscribers) == (25 * 50, 10)


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_under_way_is_not_held_up_the_activity_waits(anna: Subscriber, news: Channel) -> None:
    locked, written = threading.Event(), threading.Event()

    def change() -> None:
        with transaction.atomic():
            Subscriber.objects.select_for_update().get(pk=anna.pk)
            locked.set()
            written.wait(10)
        connection.close()

    thread = threading.Thread(target=change)
    thread.start()
    locked.wait(10)
    watch(anna, news, 100)
    assert not activity.flush()
    written.set()
    thread.join()
    assert activity.flush()
    assert only().bytes == 100


def test_what_is_sent_is_kept_no_longer_than_it_is_stored_so_that_nobody_fills_the_memory(anna: Subscriber) -> None:
    much = "x" * 100_000
    tracemalloc.start()
    try:
        for number in range(100):
            sent = f"{number}{much}"
            activity.record(PLAYLIST, anna.pk, address=sent, user_agent=sent, protocol=sent, session_id=sent)
            activity.record(SESSION, anna.pk, address=sent, user_agent=sent, protocol=sent, session_id=sent)
        kept, _most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 2_000_000

    activity.flush()
    assert set(Activity.objects.values_list("kind", flat=True)) == {"playlist", "session"}
