"""What was met of late is told, and no more of it kept than may be."""

import pytest

from channels.tests.factories import make_channel
from subscribers import activity
from subscribers.lately import Ceiling, Lately
from subscribers.models import Activity
from subscribers.tests.factories import make_subscriber


def test_what_was_met_is_known_for_so_long_and_then_met_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    lately = Lately(seconds=60, most=10)
    clock = 1000.0
    monkeypatch.setattr("subscribers.lately.time.monotonic", lambda: clock)

    assert [lately.has("a"), lately.has("a"), lately.has("b")] == [False, True, False]
    clock += 59
    assert lately.has("a")
    clock += 1
    assert not lately.has("a")


def test_of_too_many_the_oldest_are_forgotten() -> None:
    lately = Lately(seconds=60, most=2)
    for key in ("a", "b", "c"):
        lately.has(key)

    assert [lately.has("c"), lately.has("b"), lately.has("a")] == [True, True, False]


def test_a_ceiling_lets_so_many_through_and_as_many_again_when_the_time_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = 1000.0
    monkeypatch.setattr("subscribers.lately.time.monotonic", lambda: clock)
    ceiling = Ceiling(seconds=60, most=2)

    assert [ceiling.passes() for _ in range(3)] == [True, True, False]
    clock += 60
    assert ceiling.passes()


@pytest.mark.django_db
def test_a_request_that_repeats_within_a_minute_is_noted_once_and_another_by_itself() -> None:
    subscriber, channel = make_subscriber(), make_channel()
    for _ in range(3):
        activity.record(Activity.Kind.PLAYLIST, subscriber.pk, address="192.0.2.7")
    activity.record(Activity.Kind.LIVE, subscriber.pk, address="192.0.2.7", channel_id=channel.pk)
    activity.flush()

    assert sorted(Activity.objects.values_list("kind", "times")) == [("live", 1), ("playlist", 1)]
