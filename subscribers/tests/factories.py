"""Subscribers for tests: what is not said is made up."""

from itertools import count
from typing import Any

from catalog.models import Package, Tariff
from channels.models import Channel
from subscribers.models import Subscriber

numbers = count(1)


def make_subscriber(
    *,
    channels: list[Channel] | None = None,
    packages: list[Package] | None = None,
    tariffs: list[Tariff] | None = None,
    **fields: Any,
) -> Subscriber:
    number = next(numbers)
    subscriber = Subscriber.objects.create(
        **{"first_name": "Test", "last_name": f"Subscriber {number}", "agreement_number": f"A-{number}", **fields}
    )
    subscriber.channels.set(channels or [])
    subscriber.packages.set(packages or [])
    subscriber.tariffs.set(tariffs or [])
    return subscriber
