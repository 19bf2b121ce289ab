"""What is sold: packages of channels, and tariffs made of packages."""

from typing import Self

import pghistory
from django.db import models

from channels.history import UpdateEvent, track
from channels.models import Channel, count_of


class PackageQuerySet(models.QuerySet["Package"]):
    def with_counts(self) -> Self:
        return self.annotate(
            channel_count=count_of(Package.channels.through.objects.all(), "package"),
            tariff_count=count_of(Tariff.packages.through.objects.all(), "package"),
        )


class TariffQuerySet(models.QuerySet["Tariff"]):
    def with_counts(self) -> Self:
        return self.annotate(package_count=count_of(Tariff.packages.through.objects.all(), "tariff"))


@track(
    pghistory.InsertEvent(),
    UpdateEvent(),
    pghistory.DeleteEvent(),
    fields=["id", "name", "description"],
    model_name="PackageEvent",
)
class Package(models.Model):
    """A bundle of channels."""

    name = models.CharField(max_length=100, unique=True, error_messages={"unique": "A package has this name already."})
    description = models.TextField(null=True, blank=True)
    channels = models.ManyToManyField(Channel, blank=True, related_name="packages")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PackageQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


@track(
    pghistory.InsertEvent(),
    UpdateEvent(),
    pghistory.DeleteEvent(),
    fields=["id", "name", "description"],
    model_name="TariffEvent",
)
class Tariff(models.Model):
    """What a subscriber pays for: a set of packages."""

    name = models.CharField(max_length=100, unique=True, error_messages={"unique": "A tariff has this name already."})
    description = models.TextField(null=True, blank=True)
    packages = models.ManyToManyField(Package, blank=True, related_name="tariffs")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TariffQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


@track(pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None)
class PackageChannel(Package.channels.through):  # type: ignore[misc, name-defined]
    """A channel's place in a package, so that the database keeps its history."""

    class Meta:
        proxy = True
        default_permissions = ()


@track(pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None)
class TariffPackage(Tariff.packages.through):  # type: ignore[misc, name-defined]
    """A package's place in a tariff, so that the database keeps its history."""

    class Meta:
        proxy = True
        default_permissions = ()
