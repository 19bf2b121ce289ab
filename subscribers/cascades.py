"""What deleting something would touch, in counts: said before every delete, in the admin and by the API."""

from collections.abc import Collection
from dataclasses import dataclass

from catalog.models import Package, Tariff
from channels.models import Channel
from subscribers.holders import Ids, holders_of_channels, holders_of_packages, holders_of_tariffs


@dataclass(frozen=True, slots=True)
class ChannelCascade:
    packages: int
    subscribers: int


@dataclass(frozen=True, slots=True)
class GroupCascade:
    channels: int


@dataclass(frozen=True, slots=True)
class PackageCascade:
    tariffs: int
    subscribers: int


@dataclass(frozen=True, slots=True)
class TariffCascade:
    subscribers: int


def cascade_of_channels(ids: Ids) -> ChannelCascade:
    packages = Package.objects.filter(pk__in=Package.channels.through.objects.filter(channel__in=ids).values("package"))
    return ChannelCascade(packages=packages.count(), subscribers=holders_of_channels(ids).count())


def cascade_of_groups(ids: Collection[int]) -> GroupCascade:
    return GroupCascade(channels=Channel.objects.filter(group__in=ids).count())


def cascade_of_packages(ids: Collection[int]) -> PackageCascade:
    tariffs = Tariff.objects.filter(pk__in=Tariff.packages.through.objects.filter(package__in=ids).values("tariff"))
    return PackageCascade(tariffs=tariffs.count(), subscribers=holders_of_packages(ids).count())


def cascade_of_tariffs(ids: Collection[int]) -> TariffCascade:
    return TariffCascade(subscribers=holders_of_tariffs(ids).count())
