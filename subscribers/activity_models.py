"""What subscribers did: the streams they watched and the lists they fetched, and whose passwords were wrong."""

from datetime import date, datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ActivityQuerySet(models.QuerySet["Activity"]):
    def sessions_since(self, moment: datetime) -> Self:
        """Keep the streams that were being watched at the moment or after it."""
        return self.filter(kind=Activity.Kind.SESSION, last_at__gte=moment)


class Activity(models.Model):
    """Something that a subscriber did, from its first to its last sign; what is alike is one row.

    A session is a stream as Flussonic tells of it; the other kinds are requests to this service, those of one player
    for the same thing within an hour together.
    """

    class Kind(models.TextChoices):
        SESSION = "session", _("watched")
        LIVE = "live", _("opened a channel")
        ARCHIVE = "archive", _("opened the archive")
        PLAYLIST = "playlist", _("fetched the playlist")
        GUIDE = "guide", _("fetched the guide")
        ACCOUNT = "account", _("logged in")

    key = models.CharField(max_length=64, unique=True, help_text="What the signs of one row have in common, as a hash.")
    subscriber = models.ForeignKey(
        "subscribers.Subscriber",
        verbose_name=_("subscriber"),
        on_delete=models.CASCADE,
        db_index=False,  # activity_of_subscriber begins with it
        related_name="activities",
    )
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    # No foreign key in the database: a channel that goes must not wait for all who ever watched it.
    channel = models.ForeignKey(
        "channels.Channel",
        verbose_name=_("channel"),
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    protocol = models.CharField(_("protocol"), max_length=20, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True)
    user_agent = models.CharField(_("player"), max_length=200, blank=True)
    started_at = models.DateTimeField(_("from"))
    last_at = models.DateTimeField(_("last sign"))
    times = models.PositiveIntegerField(_("times"), default=1)
    bytes = models.BigIntegerField(_("bytes"), default=0)
    counted = models.BigIntegerField(default=0, help_text="The bytes that Flussonic told of last.")

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        default_permissions = ("view",)
        ordering = ("-last_at", "-id")
        indexes = (
            models.Index(fields=["subscriber", "-last_at"], name="activity_of_subscriber"),
            models.Index(fields=["-last_at", "-id"], name="activity_in_order"),
            models.Index(fields=["subscriber", "last_at"], name="sessions_of_subscriber", condition=Q(kind="session")),
        )

    def __str__(self) -> str:
        return str(self.Kind(self.kind).label)


class DayQuerySet(models.QuerySet[Any]):
    def since(self, day: date) -> Self:
        """Keep that day and all later ones."""
        return self.filter(day__gte=day)


class SumsOfDay(models.Model):
    """What is added up of a day in the operator's time zone; it outlives the activities that it is made of."""

    day = models.DateField()
    views = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)

    objects = DayQuerySet.as_manager()

    class Meta:
        abstract = True
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.day}: {self.views} views"


class Day(SumsOfDay):
    """All subscribers together."""

    subscribers = models.BigIntegerField(default=0, help_text="How many of them watched something.")

    class Meta(SumsOfDay.Meta):
        constraints = (models.UniqueConstraint(fields=["day"], name="one_row_of_a_day"),)


class ChannelDay(SumsOfDay):
    """A channel, all subscribers together."""

    channel = models.ForeignKey(
        "channels.Channel",
        on_delete=models.DO_NOTHING,
        db_constraint=False,  # what was watched stays true of a channel that is gone
        db_index=False,
        related_name="+",
    )

    class Meta(SumsOfDay.Meta):
        constraints = (models.UniqueConstraint(fields=["day", "channel"], name="one_row_of_a_channel_and_day"),)
        indexes = (models.Index(fields=["channel", "day"], name="days_of_channel"),)


class SubscriberDay(SumsOfDay):
    """A subscriber, all channels together."""

    subscriber = models.ForeignKey(
        "subscribers.Subscriber", on_delete=models.CASCADE, db_index=False, related_name="days"
    )

    class Meta(SumsOfDay.Meta):
        constraints = (models.UniqueConstraint(fields=["subscriber", "day"], name="one_row_of_a_subscriber_and_day"),)
        indexes = (models.Index(fields=["day"], name="days_of_subscribers"),)


class PlayerDay(SumsOfDay):
    """A family of players, all subscribers together."""

    player = models.CharField(max_length=40)

    class Meta(SumsOfDay.Meta):
        constraints = (models.UniqueConstraint(fields=["day", "player"], name="one_row_of_a_player_and_day"),)


class LoginFailure(models.Model):
    """A wrong password of a player. The same guess from the same address counts once: boxes repeat it for days."""

    address = models.GenericIPAddressField()
    username = models.CharField(max_length=100)
    guess = models.CharField(max_length=64, help_text="A keyed digest of the password that was tried.")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = (
            models.Index(fields=["address", "at"], name="failures_by_address"),
            models.Index(fields=["username", "at"], name="failures_by_username"),
            models.Index(fields=["at"], name="failures_by_age"),
        )
        constraints = (models.UniqueConstraint(fields=["address", "username", "guess"], name="each_guess_counts_once"),)

    def __str__(self) -> str:
        return f"{self.username} from {self.address}"
