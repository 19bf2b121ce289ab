"""Why a subscriber has a channel, or why not."""

import json
from datetime import timedelta
from io import StringIO
from itertools import product
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel, Source
from channels.tests.factories import make_channel
from demo.auth_service import AuthServiceStandIn
from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.delivery import deliver_due
from integrations.explanation import Explanation, Offer, explain
from integrations.explanation_text import sentences
from playlists.entries import listed
from subscribers.entitlements import entitled_channels
from subscribers.models import Subscriber
from subscribers.paths import Named, Path
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


def why(subscriber: Subscriber, channel: Channel) -> Explanation:
    channel.refresh_from_db()
    return explain(subscriber, channel, now=timezone.now())


def named(row: Any) -> Named:
    return Named(row.pk, row.name)


def test_every_path_is_told() -> None:
    channel = make_channel()
    package, other = make_package(name="A", channels=[channel]), make_package(name="B", channels=[channel])
    tariff, unheld = make_tariff(packages=[package, other]), make_tariff(packages=[package])
    subscriber = make_subscriber(channels=[channel], packages=[package], tariffs=[tariff])

    facts = why(subscriber, channel)

    assert (facts.has, facts.obstacles, facts.offers) == (True, (), ())
    assert facts.paths == (
        Path("direct"),
        Path("package", package=named(package)),
        Path("tariff", tariff=named(tariff), package=named(package)),
        Path("tariff", tariff=named(tariff), package=named(other)),
    )
    assert named(unheld) not in {path.tariff for path in facts.paths}


def test_what_would_grant_it_is_told() -> None:
    channel = make_channel(stream_name="news")
    basic, extra = make_package(name="Basic", channels=[channel]), make_package(name="Extra", channels=[channel])
    family = make_tariff(name="Family", packages=[basic])
    subscriber = make_subscriber(packages=[make_package()])

    facts = why(subscriber, channel)

    assert (facts.has, facts.obstacles) == (False, ("no_path",))
    assert facts.offers == (Offer(named(basic), (named(family),)), Offer(named(extra), ()))
    assert sentences(facts)[1:4] == [
        "Nothing that the subscriber holds leads to the channel.",
        "The package Basic has it, and by that the tariff Family.",
        "The package Extra has it.",
    ]


def test_a_channel_in_no_package_is_told_so() -> None:
    assert "The channel is in no package." in sentences(why(make_subscriber(), make_channel()))


@pytest.mark.parametrize(
    ("fields", "obstacle", "sentence"),
    [
        ({"status": "disabled"}, "disabled", "The subscriber is disabled."),
        ({"valid_from": timedelta(days=1)}, "not_yet_valid", "The subscription begins only on"),
        ({"valid_until": timedelta(days=-1)}, "expired", "The subscription ended on"),
        ({"valid_until": timedelta(0)}, "expired", "The subscription ended on"),
    ],
)
def test_the_subscriber_stands_in_the_way(fields: dict[str, Any], obstacle: str, sentence: str) -> None:
    now = timezone.now()
    channel = make_channel()
    moments: dict[str, Any] = {
        name: now + value if isinstance(value, timedelta) else value for name, value in fields.items()
    }

    facts = explain(make_subscriber(channels=[channel], **moments), channel, now=now)

    assert (facts.has, facts.obstacles, facts.paths) == (False, (obstacle,), (Path("direct"),))
    assert sentences(facts)[1].startswith(sentence)


def test_the_channel_stands_in_the_way() -> None:
    channel = make_channel(is_active=False)
    Source.objects.update(is_active=False)

    assert why(make_subscriber(channels=[channel]), channel).obstacles == ("channel_inactive", "source_inactive")


def test_an_orphan_is_had_and_told_of(settings: Settings) -> None:
    channel = make_channel(sync_status="orphaned")
    subscriber = make_subscriber(channels=[channel])

    shown = why(subscriber, channel)
    settings.PLAYLIST_HIDE_ORPHANS = True
    hidden = why(subscriber, channel)

    assert (shown.has, shown.orphaned, shown.hidden_as_orphan) == (True, True, False)
    assert (hidden.has, hidden.hidden_as_orphan) == (True, True)
    assert "Its source has lost the channel; it stays granted until staff delete it." in sentences(shown)
    assert not listed(entitled_channels(subscriber)).exists()


def test_where_the_token_stands(auth_service: AuthServiceStandIn, token_client: AuthServiceClient) -> None:
    channel = make_channel()
    subscriber = make_subscriber(channels=[channel])

    assert why(subscriber, channel).delivery.state == "pending"
    auth_service.faults.status = 503
    deliver_due(token_client)
    assert sentences(why(subscriber, channel))[-1].startswith("The Auth Service could not be told of the last change")
    auth_service.faults.status = None
    deliver_due(token_client, now=timezone.now() + timedelta(hours=1))
    assert sentences(why(subscriber, channel))[-1] == "The Auth Service has the present state."


def test_it_says_what_the_resolution_says() -> None:
    """Each combination of paths, switches and states: granted here means granted there."""
    everyone = []
    for active, direct, by_package, by_tariff in product((True, False), repeat=4):
        channel = make_channel(is_active=active)
        package, bundle = make_package(channels=[channel]), make_package(channels=[channel])
        everyone.append(
            make_subscriber(
                channels=[channel] if direct else [],
                packages=[package] if by_package else [],
                tariffs=[make_tariff(packages=[bundle])] if by_tariff else [],
            )
        )
    for subscriber in everyone[::3]:
        granted = set(entitled_channels(subscriber))
        assert {channel for channel in Channel.objects.all() if why(subscriber, channel).has} == granted


@pytest.mark.parametrize("amount", [2, 20])
def test_any_number_of_paths_takes_the_same_queries(
    amount: int, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.AUTH_SERVICE_URL = "http://auth-service"
    channel = make_channel()
    packages = [make_package(channels=[channel]) for _ in range(amount)]
    subscriber = make_subscriber(packages=packages, tariffs=[make_tariff(packages=packages) for _ in range(amount)])

    with django_assert_num_queries(2):  # the paths, the outbox
        facts = explain(subscriber, channel, now=timezone.now())

    assert len(facts.paths) == amount + amount * amount


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("explain", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_tells_it_in_lines() -> None:
    channel = make_channel(stream_name="news")
    make_subscriber(agreement_number="A", last_name="Petrova", first_name="Anna", channels=[channel])

    assert run("A", "news").splitlines() == [
        "Petrova Anna (A) has the channel news.",
        "Granted: given directly.",
        "No Auth Service is configured.",
    ]


def test_the_command_tells_it_as_json_and_fails_where_the_channel_is_not_had() -> None:
    make_channel(stream_name="news")
    make_subscriber(agreement_number="A")
    out = StringIO()

    with pytest.raises(CommandError, match="does not have"):
        call_command("explain", "A", "news", "--json", stdout=out)

    assert json.loads(out.getvalue())["obstacles"] == ["no_path"]


@pytest.mark.parametrize(("agreement", "stream"), [("B", "news"), ("A", "sport")])
def test_the_command_says_what_is_unknown(agreement: str, stream: str) -> None:
    make_channel(stream_name="news")
    make_subscriber(agreement_number="A")

    with pytest.raises(CommandError, match="There is no"):
        run(agreement, stream)
