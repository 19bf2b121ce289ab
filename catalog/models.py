"""What is sold: packages of channels, and tariffs made of packages."""

from typing import Self

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from channels.catalogue import counts_as_change
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

    name = models.CharField(
        _("name"), max_length=100, unique=True, error_messages={"unique": _("A package has this name already.")}
    )
    description = models.TextField(_("description"), null=True, blank=True)
    channels = models.ManyToManyField(Channel, verbose_name=_("channels"), blank=True, related_name="packages")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PackageQuerySet.as_manager()

    class Meta:
        verbose_name = _("package")
        verbose_name_plural = _("packages")
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

    name = models.CharField(
        _("name"), max_length=100, unique=True, error_messages={"unique": _("A tariff has this name already.")}
    )
    description = models.TextField(_("description"), null=True, blank=True)
    packages = models.ManyToManyField(Package, verbose_name=_("packages"), blank=True, related_name="tariffs")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TariffQuerySet.as_manager()

    class Meta:
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


@track(pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None)
class PackageChannel(Package.channels.through):  # type: ignore[misc, name-defined]
    """A channel's place in a package, so that the database keeps its history."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = (counts_as_change(),)


@track(pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None)
class TariffPackage(Tariff.packages.through):  # type: ignore[misc, name-defined]
    """A package's place in a tariff, so that the database keeps its history."""

    class Meta:
        proxy = True
        default_permissions = ()
