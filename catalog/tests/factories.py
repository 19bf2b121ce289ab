"""Packages and tariffs for tests: what is not said is made up."""

from itertools import count
from typing import Any

from catalog.models import Package, Tariff
from channels.models import Channel

numbers = count(1)


def make_package(*, channels: list[Channel] | None = None, **fields: Any) -> Package:
    package = Package.objects.create(**{"name": f"Package {next(numbers)}", **fields})
    package.channels.set(channels or [])
    return package


def make_tariff(*, packages: list[Package] | None = None, **fields: Any) -> Tariff:
    tariff = Tariff.objects.create(**{"name": f"Tariff {next(numbers)}", **fields})
    tariff.packages.set(packages or [])
    return tariff
