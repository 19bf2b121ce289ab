"""Whoever loses what is being watched stops watching it, and nobody else does."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel, Source
from channels.tests.factories import make_channel
from demo.auth_service import AuthServiceStandIn
from demo.flussonic import FlussonicStandIn
from demo.http_server import Reply
from demo.standin import route
from integrations import tasks
from integrations.flussonic.revocation import CROWD, Revocation, end_sessions
from integrations.flussonic.sessions import SessionsClient
from integrations.tests.flussonic.watching import SECRET, asking_flussonic, play, watched
from playlist_project.tests.processes import forget_all_jobs, start_command
from playlist_project.tests.waiting import wait_until
from subscribers import session_checks
from subscribers.models import OutboxEntry, SessionCheck, SessionWatch, Subscriber
from subscribers.services import rotate_token
from subscribers.session_check_sql import FEW
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db(transaction=True)
Change = Callable[[Subscriber], Any]


def change(**values: Any) -> Change:
    return lambda s: Subscriber.objects.filter(pk=s.pk).update(**values)


# What is lost, and what is watched on after it.
LOSSES: dict[str, tuple[Change, set[str]]] = {
    "disabled": (change(status="disabled"), set()),
    "expired": (change(valid_until=timezone.now() - timedelta(seconds=1)), set()),
    "a new token": (lambda s: rotate_token(s), set()),
    "deleted": (lambda s: s.delete(), set()),
    "a tariff less": (lambda s: s.tariffs.clear(), {"news", "films"}),
    "a package less": (lambda s: s.packages.clear(), {"news", "sport"}),
    "a channel of its own less": (lambda s: s.channels.clear(), {"sport", "films"}),
    "a channel taken out of a package": (lambda s: s.packages.get().channels.clear(), {"news", "sport"}),
    "a package taken out of a tariff": (lambda s: s.tariffs.get().packages.clear(), {"news", "films"}),
    "nothing: a later end": (change(valid_until=timezone.now() + timedelta(days=9)), {"news", "sport", "films"}),
}


@pytest.fixture
def server(live_server: LiveServer, settings: Settings) -> Iterator[FlussonicStandIn]:
    settings.FLUSSONIC_AUTH_SECRET = SECRET
    settings.FLUSSONIC_AUTH_SECONDS = 45
    with asking_flussonic(live_server.url, "news", "sport", "films") as server:
        settings.FLUSSONIC_URL = server.url
        yield server


@pytest.fixture
def client(server: FlussonicStandIn) -> Iterator[SessionsClient]:
    with SessionsClient.from_settings() as client:
        yield client


def make_viewers() -> tuple[Subscriber, Subscriber]:
    """Make two subscribers who have the same channels by ways of their own."""
    channels = {name: make_channel(stream_name=name) for name in ("news", "sport", "films")}

    def viewer(number: str) -> Subscriber:
        return make_subscriber(
            agreement_number=number,
            max_sessions=9,
            channels=[channels["news"]],
            tariffs=[make_tariff(packages=[make_package(channels=[channels["sport"]])])],
            packages=[make_package(channels=[channels["films"]])],
        )

    return viewer("A-1"), viewer("A-2")


@pytest.mark.parametrize("name", LOSSES)
def test_exactly_the_sessions_of_what_was_lost_end(name: str, server: FlussonicStandIn, client: SessionsClient) -> None:
    loser, other = make_viewers()
    assert {play(server, who, stream) for who in (loser, other) for stream in ("news", "sport", "films")} == {200}
    end_sessions(client)  # what has come before changes nothing
    assert len(watched(server)) == 6

    lose, left = LOSSES[name]
    lose(loser)
    end_sessions(client)

    others = {("A-2", stream) for stream in ("news", "sport", "films")}
    assert watched(server) == others | {("A-1", stream) for stream in left}
    assert not SessionCheck.objects.exists()


@pytest.mark.parametrize("switch", [Channel, Source])
def test_a_channel_or_source_switched_off_ends_it_for_everybody(
    switch: type[Channel] | type[Source], server: FlussonicStandIn, client: SessionsClient
) -> None:
    for who in make_viewers():
        play(server, who, "news")
    switch._default_manager.update(is_active=False)

    assert end_sessions(client).ended == 2
    assert watched(server) == set()
    assert SessionWatch.objects.get().ended == 2


def test_whoever_was_cut_off_cannot_begin_again(server: FlussonicStandIn, client: SessionsClient) -> None:
    loser, _other = make_viewers()
    play(server, loser, "news")
    change(status="disabled")(loser)
    end_sessions(client)

    assert play(server, loser, "news") == 403


def test_a_subscription_that_ends_by_itself_ends_its_sessions(server: FlussonicStandIn, client: SessionsClient) -> None:
    loser, _other = make_viewers()
    end = timezone.now() + timedelta(minutes=5)
    change(valid_until=end)(loser)
    play(server, loser, "news")
    assert end_sessions(client).ended == 0

    assert end_sessions(client, now=end).ended == 1


def test_a_number_that_no_header_holds_is_found_all_the_same(server: FlussonicStandIn, client: SessionsClient) -> None:
    who = make_subscriber(agreement_number="Д-17 №1", channels=[make_channel(stream_name="news")])
    play(server, who, "news")
    (session,) = server.sessions.values()
    server.sessions["without a token"] = {**session, "token": None}
    server.sessions["by another backend"] = {**session, "token": None, "user_id": "Д-17 №1"}
    change(status="disabled")(who)

    assert end_sessions(client).ended == 3


def test_sessions_of_others_are_left_alone(server: FlussonicStandIn, client: SessionsClient) -> None:
    make_viewers()
    server.sessions = {
        "monitoring": {"name": "news", "user_id": None, "token": None},
        "of another backend": {"name": "news", "user_id": "stranger", "token": "their-own-token"},
        "by number alone": {"name": "sport", "user_id": "A-1", "token": None},
    }
    Channel.objects.filter(stream_name="sport").update(is_active=False)
    end_sessions(client)

    assert set(server.sessions) == {"monitoring", "of another backend"}


def test_for_many_subscribers_all_sessions_are_listed_once_in_pages(
    server: FlussonicStandIn, client: SessionsClient
) -> None:
    channels = [make_channel(stream_name=f"news{number}") for number in range(3)]  # no crowd at any of them
    for number in range(FEW + 1):
        make_subscriber(agreement_number=f"M-{number}", token=f"token-{number:04}", channels=channels)
    server.sessions = {
        f"s{number:05}": {"name": f"news{number % 3}", "user_id": f"M-{number}", "token": f"token-{number:04}"}
        for number in range(FEW + 1)
    } | {f"x{number:05}": {"name": "news", "user_id": f"x{number}", "token": "x"} for number in range(1_000)}
    session_checks.forget_all()
    for who in Subscriber.objects.all():
        rotate_token(who)
    server.counts.clear()
    end_sessions(client)

    assert server.counts["GET"] == 2
    assert len(server.sessions) == 1_000


def test_a_crowd_is_asked_about_again_by_the_streams_name(server: FlussonicStandIn, client: SessionsClient) -> None:
    who, other = make_viewers()
    Subscriber.objects.update(max_sessions=100)
    for number in range(CROWD + 1):
        play(server, who, "news", player=f"box {number}")
    play(server, other, "sport")
    session_checks.forget_all()
    Channel.objects.filter(stream_name="news").update(is_active=False)
    now = timezone.now()
    server.counts.clear()

    assert end_sessions(client, now=now) == Revocation(done=0, ended=0)
    wait_until(lambda: watched(server) == {("A-2", "sport")})
    assert server.counts["DELETE"] == 0

    assert end_sessions(client, now=now + timedelta(seconds=4)).done == 1  # looked at once more


def test_a_crowd_that_is_still_there_is_ended_one_by_one(server: FlussonicStandIn, client: SessionsClient) -> None:
    who, _other = make_viewers()
    server.sessions = {
        f"s{number}": {"name": "news", "user_id": "A-1", "token": who.token} for number in range(CROWD + 1)
    }
    Channel.objects.update(is_active=False)
    now = timezone.now()
    end_sessions(client, now=now)
    assert len(server.sessions) == CROWD + 1

    assert end_sessions(client, now=now + timedelta(seconds=4)).ended == CROWD + 1


def test_a_flussonic_that_is_down_is_tried_again_later(server: FlussonicStandIn, client: SessionsClient) -> None:
    loser, _other = make_viewers()
    play(server, loser, "news")
    session_checks.forget_all()
    change(status="disabled")(loser)
    now = timezone.now()
    with server.refuse():
        end_sessions(client, now=now, seconds=2)
    (check,) = SessionCheck.objects.all()
    assert (check.attempts, check.failing_since) == (1, now)
    assert "Flussonic" in check.last_error
    assert end_sessions(client, now=now) == Revocation()

    assert end_sessions(client, now=now + timedelta(seconds=3)).ended == 1
    assert not SessionCheck.objects.exists()


def test_a_failure_to_end_one_session_does_not_keep_others(server: FlussonicStandIn, client: SessionsClient) -> None:
    loser, other = make_viewers()
    server.routes.insert(0, route("/streamer/api/v3/sessions/stuck", DELETE=lambda request: Reply(500)))
    server.sessions = {"stuck": {"name": "news", "user_id": "A-1", "token": loser.token}}
    play(server, other, "news")
    for who in (loser, other):
        change(status="disabled")(who)

    assert end_sessions(client).ended == 1
    assert set(server.sessions) == {"stuck"}
    assert list(SessionCheck.objects.values_list("agreement_number", "attempts")) == [("A-1", 1)]
    assert "500" in SessionCheck.objects.get().last_error


def test_a_server_without_the_api_is_left_to_ask_again_by_itself(settings: Settings) -> None:
    loser, _other = make_viewers()
    change(status="disabled")(loser)
    with FlussonicStandIn(apis=["streams"]) as old:
        settings.FLUSSONIC_URL = old.url
        tasks.revoke(timestamp=0)
    assert not SessionCheck.objects.exists()


def test_without_a_flussonic_no_checks_are_kept(settings: Settings) -> None:
    loser, _other = make_viewers()
    change(status="disabled")(loser)
    settings.FLUSSONIC_URL = ""
    tasks.revoke(timestamp=0)
    assert not SessionCheck.objects.exists()


def test_a_session_that_a_late_auth_service_lets_in_again_is_ended_again(
    server: FlussonicStandIn, client: SessionsClient, auth_service: AuthServiceStandIn
) -> None:
    loser, _other = make_viewers()
    session_checks.forget_all()
    change(status="disabled")(loser)
    session = {"name": "news", "user_id": "A-1", "token": loser.token}
    now = timezone.now()
    for attempt in range(3):
        server.sessions = {"s1": dict(session)}  # the Auth Service, which has not heard of it, has allowed it
        assert end_sessions(client, now=now + timedelta(minutes=5 * attempt)) == Revocation(done=0, ended=1)
    OutboxEntry.objects.all().delete()  # by now it has

    assert end_sessions(client, now=now + timedelta(hours=1)) == Revocation(done=1, ended=0)


def test_a_check_of_everybody_waits_for_the_auth_service_too(
    server: FlussonicStandIn, client: SessionsClient, auth_service: AuthServiceStandIn
) -> None:
    make_viewers()
    session_checks.forget_all()
    Channel.objects.update(is_active=False)
    now = timezone.now()
    assert end_sessions(client, now=now).done == 0
    OutboxEntry.objects.all().delete()
    change(last_name="new")(Subscriber.objects.all()[0])  # stale only since

    assert end_sessions(client, now=now + timedelta(minutes=5)).done == 1


def test_a_token_that_never_gets_through_does_not_keep_the_checks_of_everybody(
    client: SessionsClient, auth_service: AuthServiceStandIn
) -> None:
    stuck = make_subscriber()
    make_viewers()
    OutboxEntry.objects.exclude(token=stuck.token).delete()
    OutboxEntry.objects.update(failing_since=timezone.now(), last_error="409")
    session_checks.forget_all()
    Channel.objects.update(is_active=False)

    OutboxEntry.objects.exclude(token=stuck.token).delete()  # all others have got through
    assert end_sessions(client).done == 1


def test_a_check_of_everybody_stands_for_those_before_it(
    client: SessionsClient, auth_service: AuthServiceStandIn
) -> None:
    make_viewers()
    session_checks.forget_all()
    now = timezone.now()
    for minute, active in enumerate((False, True, False, True, False)):
        Channel.objects.update(is_active=active)
        end_sessions(client, now=now + timedelta(seconds=minute))

    assert SessionCheck.objects.count() == 1
    OutboxEntry.objects.all().delete()
    assert end_sessions(client, now=now + timedelta(minutes=9)).done == 1


def test_a_check_is_dropped_after_a_day_as_no_session_runs_so_long_without_a_question(
    server: FlussonicStandIn, client: SessionsClient
) -> None:
    loser, _other = make_viewers()
    session_checks.forget_all()
    change(status="disabled")(loser)
    now = timezone.now()
    with server.refuse():
        end_sessions(client, now=now, seconds=2)
        assert SessionCheck.objects.count() == 1
        end_sessions(client, now=now + session_checks.LONGEST_LOOK_BACK + timedelta(minutes=1), seconds=2)

    assert not SessionCheck.objects.exists()


def test_an_address_that_is_none_is_told_on_the_checks_that_wait(settings: Settings) -> None:
    settings.FLUSSONIC_URL = "flussonic.example:8080"
    loser, other = make_viewers()
    change(status="disabled")(loser)
    change(valid_until=timezone.now() - timedelta(seconds=1))(other)
    session_checks.forget_all()
    tasks.revoke(timestamp=0)

    (check,) = SessionCheck.objects.all()  # of the subscription that has ended by itself
    assert "address of Flussonic" in check.last_error
    assert check.failing_since is not None
    assert check.due_at > timezone.now()


def test_a_session_with_a_token_that_flussonic_has_made_up_is_judged_by_whose_it_is(
    server: FlussonicStandIn, client: SessionsClient
) -> None:
    make_viewers()
    server.sessions = {
        "may": {"name": "news", "user_id": "A-1", "token": "made-up"},
        "may not": {"name": "sport", "user_id": "A-1", "token": "made-up"},
    }
    session_checks.forget_all()
    Channel.objects.filter(stream_name="sport").update(is_active=False)
    end_sessions(client)

    assert set(server.sessions) == {"may"}


def test_the_worker_ends_a_running_session_well_within_the_published_bound(server: FlussonicStandIn) -> None:
    forget_all_jobs()
    loser, other = make_viewers()
    with start_command("worker", FLUSSONIC_URL=server.url, AUTH_SERVICE_URL="") as worker:
        assert worker.stdout is not None
        assert "worker started" in worker.stdout.readline()
        for who in (loser, other):
            assert play(server, who, "news") == 200
        change(status="disabled")(loser)
        lost_at = time.monotonic()
        wait_until(lambda: watched(server) == {("A-2", "news")})
        took = time.monotonic() - lost_at
        worker.terminate()
        worker.communicate(timeout=20)
    assert took < 12  # the worker looks every 5 seconds


def test_without_the_worker_flussonic_asks_again_by_itself_within_the_bound(
    server: FlussonicStandIn, settings: Settings
) -> None:
    settings.FLUSSONIC_AUTH_SECONDS = 1
    loser, other = make_viewers()
    for who in (loser, other):
        assert play(server, who, "news") == 200
    change(status="disabled")(loser)
    wait_until(lambda: watched(server) == {("A-2", "news")})
