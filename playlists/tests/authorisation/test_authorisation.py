"""What Flussonic asks with each stream, and what it is answered: the same as the playlist shows."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains
from pytest_django.fixtures import Settings

from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel, Source
from channels.tests.factories import make_channel, make_channels
from integrations.decisions import answers
from integrations.flussonic.authorisation import QUESTION
from integrations.flussonic.reasons import Reason
from integrations.refused_askers import refused_askers
from playlists.apps import check_authorisation
from playlists.tests.authorisation.asking import SECRET, ask, kept, viewer
from subscribers import activity
from subscribers.models import Activity
from subscribers.services import rotate_token
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
FOREVER = datetime(2036, 1, 1, tzinfo=UTC)


def test_who_may_watch_is_allowed_with_name_sessions_and_seconds() -> None:
    answer = ask(viewer(agreement_number="A-17", max_sessions=3).token)

    assert (answer.status_code, answer.content) == (200, b"")
    assert {name: answer[name] for name in ("X-UserId", "X-Max-Sessions", "X-AuthDuration")} == {
        "X-UserId": "A-17",
        "X-Max-Sessions": "3",
        "X-AuthDuration": "45",
    }
    assert not answer.cookies


@pytest.mark.parametrize("way", ["direct", "package", "tariff"])
def test_a_channel_is_granted_directly_by_package_and_by_tariff(way: str) -> None:
    channel = make_channel(stream_name="news")
    package = make_package(channels=[channel])
    held = {
        "direct": {"channels": [channel]},
        "package": {"packages": [package]},
        "tariff": {"tariffs": [make_tariff(packages=[package])]},
    }[way]

    assert ask(make_subscriber(**held).token).status_code == 200  # type: ignore[arg-type]


def refused(case: str) -> tuple[str | None, str, dict[str, str]]:
    """Return token, stream and what else is asked where the reason is this one."""
    match case:
        case Reason.NO_TOKEN:
            return None, "news", {}
        case Reason.UNKNOWN_TOKEN:
            subscriber = viewer()
            old = subscriber.token
            rotate_token(subscriber)
            return old, "news", {}
        case Reason.DISABLED:
            return viewer(status="disabled").token, "news", {}
        case Reason.NOT_YET_VALID:
            return viewer(valid_from=FOREVER).token, "news", {}
        case Reason.EXPIRED:
            return viewer(valid_until=NOW).token, "news", {}
        case Reason.UNKNOWN_CHANNEL:
            return viewer().token, "nowhere", {}
        case Reason.CHANNEL_OFF:
            subscriber = viewer()
            Channel.objects.update(is_active=False)
            return subscriber.token, "news", {}
        case Reason.SOURCE_OFF:
            subscriber = viewer()
            Source.objects.update(is_active=False)
            return subscriber.token, "news", {}
        case Reason.NOT_GRANTED:
            make_channel(stream_name="films")
            return viewer(packages=[make_package()]).token, "films", {}
        case _:
            return viewer().token, "news", {"dvr": "true"}


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason != Reason.ALLOWED])
def test_everything_else_is_refused_and_staff_see_why(reason: Reason) -> None:
    token, stream, asked = refused(reason)
    with time_machine.travel(NOW, tick=False):
        answer = ask(token, stream, **asked)

    assert (answer.status_code, answer.content) == (403, b"")
    assert "X-UserId" not in answer
    assert kept() == [reason.value]


def test_an_archive_is_allowed_where_the_channel_has_one() -> None:
    channel = make_channel(stream_name="news", catchup_days=3)

    assert ask(make_subscriber(channels=[channel]).token, dvr="true").status_code == 200


def test_an_answer_holds_no_longer_than_the_subscription() -> None:
    with time_machine.travel(NOW, tick=False):
        token = viewer(valid_until=NOW + timedelta(seconds=20)).token
        assert ask(token)["X-AuthDuration"] == "20"


def test_a_token_that_flussonic_made_itself_gives_way_to_the_one_in_the_players_query() -> None:
    subscriber = viewer()

    assert ask("made-by-flussonic", qs=f"utc=1&token={subscriber.token}").status_code == 200
    assert ask(None, qs=f"token={subscriber.token}").status_code == 200


def test_the_query_knows_the_token_by_the_name_that_is_set(settings: Settings) -> None:
    settings.FLUSSONIC_TOKEN_KEY = "auth"

    assert ask(None, qs=f"auth={viewer().token}").status_code == 200


def test_a_name_with_a_slash_a_space_and_other_letters_is_found() -> None:
    channel = make_channel(stream_name="regional/Северный канал")

    assert ask(make_subscriber(channels=[channel]).token, "regional/Северный канал").status_code == 200


def test_an_agreement_number_that_no_header_can_hold_is_percent_encoded() -> None:
    assert ask(viewer(agreement_number="Д-17").token)["X-UserId"] == "%D0%94-17"


@pytest.mark.parametrize(
    ("secret", "status"),
    [(f"/{SECRET}", 200), ("/wrong-secret", 403), (f"/{SECRET}x", 403), ("/%D0%AF", 403), ("", 403)],
)
def test_only_who_knows_the_secret_may_ask(secret: str, status: int) -> None:
    assert ask(viewer().token, secret=secret).status_code == status


@pytest.mark.parametrize(("known", "status"), [(["127.0.0.0/8"], 200), (["10.0.0.1", "::1"], 403)])
def test_or_who_asks_from_an_address_that_is_set(settings: Settings, known: list[str], status: int) -> None:
    settings.FLUSSONIC_AUTH_SECRET = ""
    settings.FLUSSONIC_AUTH_ADDRESSES = known

    assert ask(viewer().token, secret="").status_code == status


def test_whoever_asks_without_the_secret_is_told_to_staff_and_to_the_log_once_a_minute(
    admin_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    before = refused_askers()

    for secret in ("/nearly-the-secret-------", ""):
        assert ask(viewer().token, secret=secret).status_code == 403

    refused = refused_askers()
    assert refused is not None
    assert refused.questions - (before.questions if before else 0) == 2
    assert timezone.now() - refused.last_at < timedelta(minutes=1)
    lines = [line for line in caplog.text.splitlines() if "flussonic_auth_refused" in line]
    assert len(lines) == 1
    assert "'reason': 'wrong_secret'" in lines[0]
    assert "nearly" not in lines[0]
    shown = admin_client.get("/admin/integrations/authdecision/")
    assertContains(shown, f"{refused.questions} questions with a wrong or missing secret")
    assert kept() == []


def test_staff_are_told_what_is_not_in_the_list(admin_client: Client, settings: Settings) -> None:
    settings.AUTH_DECISIONS_SAMPLE = 2.5

    assertContains(
        admin_client.get("/admin/integrations/authdecision/"), "Of sessions that were allowed, 2.5 percent are listed"
    )


def test_an_empty_secret_is_nobodys(settings: Settings) -> None:
    settings.FLUSSONIC_AUTH_SECRET = ""
    settings.FLUSSONIC_AUTH_ADDRESSES = ["10.0.0.1"]

    assert ask(viewer().token, secret="/anything").status_code == 403


def test_there_is_no_such_address_where_nobody_may_ask(settings: Settings) -> None:
    settings.FLUSSONIC_AUTH_SECRET = ""

    assert ask(viewer().token, secret="").status_code == 404


def test_a_question_is_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    token = viewer().token
    for _ in range(6):
        ask(token)

    with django_assert_num_queries(1):
        ask(token)
    with django_assert_num_queries(1):
        ask("nobodys-token")


def test_the_query_goes_by_indexes() -> None:
    package = make_package(channels=make_channels(50))
    for _ in range(20):
        make_subscriber(packages=[package])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {QUESTION}", ("some-token", "stream"))
        plan = "\n".join(row[0] for row in cursor.fetchall())

    scanned = [line for line in plan.splitlines() if "Seq Scan" in line]
    assert not scanned, plan


def test_a_session_is_activity_with_its_bytes() -> None:
    subscriber = viewer()
    ask(subscriber.token, bytes="1000", user_agent="VLC/3.0.18")
    ask(subscriber.token, request_type="update_session", bytes="5000", user_agent="VLC/3.0.18")
    activity.flush()

    (session,) = Activity.objects.all()
    assert (session.kind, session.bytes, session.address, session.protocol, session.user_agent) == (
        Activity.Kind.SESSION,
        5000,
        "203.0.113.7",
        "hls",
        "VLC/3.0.18",
    )


def test_a_head_request_is_answered_and_counts_for_nothing() -> None:
    subscriber = viewer()
    answer = Client().head(f"/flussonic/auth/{SECRET}?name=news&token={subscriber.token}")
    activity.flush()

    assert answer.status_code == 200
    assert not Activity.objects.exists()
    assert kept() == []


@hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.dictionaries(
        st.sampled_from(
            ["name", "token", "qs", "ip", "proto", "dvr", "bytes", "session_id", "request_type", "user_agent"]
        ),
        st.text(max_size=300) | st.text("0123456789&=%.:", max_size=300) | st.ip_addresses().map("{}%1".format),
    )
)
def test_no_question_is_an_error_of_ours(asked: dict[str, str], db: None) -> None:
    query = urlencode({name: value.encode("utf-8", "replace").decode() for name, value in asked.items()})
    lost = answers.lost

    assert Client().get(f"/flussonic/auth/{SECRET}?{query}").status_code in (200, 403)
    assert answers.flush()
    assert answers.lost == lost  # nor does the database refuse what is noted of it


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("FLUSSONIC_AUTH_ADDRESSES", ["10.0.0.0/8", "::1"], []),
        ("FLUSSONIC_AUTH_ADDRESSES", ["flussonic.internal"], ["playlists.E002"]),
        ("FLUSSONIC_AUTH_SECONDS", 0, ["playlists.E003"]),
        ("FLUSSONIC_AUTH_SECRET", "", []),
        ("FLUSSONIC_AUTH_SECRET", "short", ["playlists.E004"]),
    ],
)
def test_wrong_settings_are_reported_at_the_start(settings: Settings, name: str, value: Any, found: list[str]) -> None:
    setattr(settings, name, value)

    assert [message.id for message in check_authorisation()] == found
