"""What is kept of the answers to Flussonic, for staff to see why somebody was refused."""

import pytest
from pytest_django.fixtures import Settings

from channels.tests.factories import make_channel
from integrations.decisions import answers, forget_old_answers
from integrations.models import AuthDecision
from playlists.tests.authorisation.asking import ask, kept, viewer
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


def test_of_refusals_that_are_alike_one_a_minute_is_kept() -> None:
    channel = make_channel(stream_name="films")
    subscriber = viewer()
    for _ in range(5):
        ask(subscriber.token, "films")
    ask(make_subscriber().token, "films")
    ask(subscriber.token, channel.stream_name + "2")

    assert kept() == ["not_granted", "not_granted", "unknown_channel"]


def test_tokens_that_are_made_up_do_not_push_out_what_staff_are_looking_for() -> None:
    make_channel(stream_name="films")
    for number in range(10):
        ask(f"made-up-{number}", "films")
    assert kept() == ["unknown_token"]

    for number in range(200):
        ask("made-up", f"stream-{number}")
    subscriber = viewer()
    ask(subscriber.token, "films")
    answers.flush()
    assert len(kept()) == 100 + 1


def test_of_sessions_allowed_a_share_is_kept_and_none_of_their_updates(settings: Settings) -> None:
    subscriber = viewer()
    ask(subscriber.token)
    ask(subscriber.token, request_type="update_session")
    settings.AUTH_DECISIONS_SAMPLE = 0
    ask(subscriber.token)

    assert kept() == ["allowed"]


def test_no_token_is_kept() -> None:
    subscriber = viewer()
    ask(subscriber.token)
    ask("nobodys-token", qs="token=nobodys-other-token")
    answers.flush()

    told = str(list(AuthDecision.objects.values()))
    assert subscriber.token not in told
    assert "nobodys" not in told


def test_only_the_newest_answers_are_kept(settings: Settings) -> None:
    subscriber = viewer()
    for _ in range(5):
        ask(subscriber.token)
    answers.flush()
    settings.AUTH_DECISIONS_KEEP = 2

    assert forget_old_answers() == 3
    assert AuthDecision.objects.count() == 2
    assert forget_old_answers() == 0


def test_an_answer_outlives_its_subscriber_and_keeps_nobody_from_being_deleted() -> None:
    subscriber = viewer()
    ask(subscriber.token)
    subscriber.delete()

    assert kept() == ["allowed"]
