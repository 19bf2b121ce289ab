"""Who may watch what: subscribers with what they hold, and what is kept of their playlists and history."""

import secrets
from datetime import datetime, timedelta
from typing import Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import Regex
from django.utils.translation import gettext_lazy as _

from catalog.models import Package, Tariff
from channels.history import UpdateEvent, track
from channels.models import Channel
from channels.search import contains_words
from subscribers.activity_models import Activity, ChannelDay, Day, LoginFailure, PlayerDay, SubscriberDay
from subscribers.import_models import RejectedRow, SubscriberImport
from subscribers.outbox_models import OutboxEntry
from subscribers.session_models import SessionCheck, SessionWatch

__all__ = [
    "MOST_SESSIONS",
    "SOON_DAYS",
    "VIEW_TOKEN",
    "Activity",
    "ChannelDay",
    "Day",
    "HistoryFloor",
    "LoginFailure",
    "OutboxEntry",
    "PlayerDay",
    "PlaylistVersion",
    "RejectedRow",
    "SessionCheck",
    "SessionWatch",
    "Subscriber",
    "SubscriberChannel",
    "SubscriberDay",
    "SubscriberImport",
    "SubscriberPackage",
    "SubscriberTariff",
]

TOKEN_LETTERS = r"^[A-Za-z0-9._~-]{8,255}$"
VIEW_TOKEN = "subscribers.view_token"
"""The permission to see tokens, and the playlists that hold them."""
MOST_SESSIONS = 100
SOON_DAYS = 7
"""How far ahead staff are told of subscriptions that end."""


def new_token() -> str:
    """Return a fresh random token of letters that need no quoting in a URL."""
    return secrets.token_urlsafe(settings.TOKEN_BYTES)


def default_max_sessions() -> int:
    return int(settings.DEFAULT_MAX_SESSIONS)


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def enabled(self) -> Self:
        return self.filter(status=Subscriber.Status.ENABLED)

    def valid_at(self, now: datetime) -> Self:
        """Keep those whose dates include the moment; the end is exclusive."""
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=now),
            Q(valid_until__isnull=True) | Q(valid_until__gt=now),
        )

    def ending_before(self, moment: datetime) -> Self:
        return self.filter(valid_until__lt=moment)

    def ending_within(self, now: datetime, *, days: int) -> Self:
        """Keep those who are valid now and will not be after so many days, the first to end first."""
        soon = self.valid_at(now).filter(valid_until__lte=now + timedelta(days=days))
        return soon.order_by("valid_until", "pk")

    def search(self, text: str) -> Self:
        """Keep those in whose names or keys every word occurs, in any case of any alphabet."""
        return self.filter(contains_words(text, Subscriber.SEARCHED))

    def lapsed_at(self, now: datetime) -> Self:
        return self.filter(valid_until__lte=now)

    def may_watch(self, now: datetime) -> Self:
        """Keep those who are enabled and valid: nobody else gets a playlist."""
        return self.enabled().valid_at(now)


@track(
    pghistory.InsertEvent(),
    UpdateEvent(),
    UpdateEvent("token_changed", condition=pghistory.AnyChange("token")),
    UpdateEvent("password_changed", condition=pghistory.AnyChange("password_digest")),
    pghistory.DeleteEvent(),
    fields=[
        "id",
        "first_name",
        "last_name",
        "agreement_number",
        "status",
        "max_sessions",
        "valid_from",
        "valid_until",
        "username",
        "email",
        "notes",
        "external_id",
    ],
    model_name="SubscriberEvent",
)
class Subscriber(models.Model):
    """A household with an agreement; "user" in the REST API."""

    SEARCHED = ("first_name", "last_name", "agreement_number", "username")

    class Status(models.TextChoices):
        ENABLED = "enabled", _("enabled")
        DISABLED = "disabled", _("disabled")

    first_name = models.CharField(_("first name"), max_length=100)
    last_name = models.CharField(_("last name"), max_length=100)
    agreement_number = models.CharField(
        _("agreement number"),
        max_length=100,
        unique=True,
        error_messages={"unique": _("Another subscriber has this agreement number.")},
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ENABLED, db_index=True)
    max_sessions = models.PositiveSmallIntegerField(
        _("max sessions"), default=default_max_sessions, help_text=_("How many streams may run at the same time.")
    )
    token = models.CharField(_("token"), max_length=255, unique=True, default=new_token, editable=False)
    auth_token_id = models.IntegerField(
        _("id in the Auth Service"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Mirrors the record of deliveries."),
    )
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)

    username = models.CharField(
        _("user name"),
        max_length=100,
        unique=True,
        null=True,
        blank=True,
        error_messages={"unique": _("Another subscriber has this user name.")},
    )
    password_digest = models.CharField(_("password"), max_length=255, blank=True, editable=False)
    email = models.EmailField(_("email"), blank=True)
    notes = models.TextField(_("notes"), blank=True)
    external_id = models.CharField(
        _("external ID"),
        max_length=100,
        unique=True,
        null=True,
        blank=True,
        help_text=_("The billing system's own key."),
        error_messages={"unique": _("Another subscriber has this external ID.")},
    )
    last_access = models.DateTimeField(_("last access"), null=True, blank=True, editable=False)
    bytes_used = models.BigIntegerField(_("bandwidth used, bytes"), default=0, editable=False)

    tariffs = models.ManyToManyField(Tariff, blank=True, related_name="subscribers", verbose_name=_("tariffs"))
    packages = models.ManyToManyField(Package, blank=True, related_name="subscribers", verbose_name=_("packages"))
    channels = models.ManyToManyField(Channel, blank=True, related_name="subscribers", verbose_name=_("channels"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")
        permissions = (("view_token", "Can see tokens and playlists"),)
        ordering = ("last_name", "first_name", "id")
        indexes = (
            models.Index(fields=["last_name", "first_name", "id"], name="subscriber_by_name"),
            models.Index(fields=["valid_until"], name="subscriber_by_end"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(max_sessions__gte=1, max_sessions__lte=MOST_SESSIONS),
                name="max_sessions_from_1_to_100",
                violation_error_message=_("Sessions must be a number from 1 to 100."),
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="valid_until_after_valid_from",
                violation_error_message=_("The end of validity must lie after its beginning."),
            ),
            models.CheckConstraint(
                condition=Q(Regex(F("token"), TOKEN_LETTERS)),
                name="token_needs_no_quoting",
                violation_error_message=_("A token has 8 to 255 letters, digits or any of - . _ ~"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.last_name} {self.first_name} ({self.agreement_number})"

    @property
    def has_password(self) -> bool:
        return bool(self.password_digest)


class PlaylistVersion(models.Model):
    """When a subscriber's playlist last came out different, so that players can ask before they download."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="playlist_versions")
    variant = models.CharField(max_length=40, help_text="Which form of the playlist.")
    etag = models.CharField(max_length=64)
    changed_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["subscriber", "variant"], name="one_version_of_each_playlist"),)

    def __str__(self) -> str:
        return f"{self.variant} of subscriber {self.subscriber_id}"


@track(pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None)
class SubscriberTariff(Subscriber.tariffs.through):  # type: ignore[misc, name-defined]
    """A tariff of a subscriber, so that the database keeps its history."""

    class Meta:
        proxy = True
        default_permissions = ()


@track(pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None)
class SubscriberPackage(Subscriber.packages.through):  # type: ignore[misc, name-defined]
    """A package of a subscriber, so that the database keeps its history."""

    class Meta:
        proxy = True
        default_permissions = ()


@track(pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None)
class SubscriberChannel(Subscriber.channels.through):  # type: ignore[misc, name-defined]
    """A channel given to a subscriber directly, so that the database keeps its history."""

    class Meta:
        proxy = True
        default_permissions = ()


class HistoryFloor(models.Model):
    """Up to where the history has been forgotten: one row, or none while all of it is there."""

    xid = models.BigIntegerField()
    number = models.BigIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.xid}.{self.number}"
