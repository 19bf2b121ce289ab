"""What subscribers did: the streams they watched and the lists they fetched, and whose passwords were wrong."""

from datetime import datetime
from typing import Self

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
    subscriber = models.ForeignKey("subscribers.Subscriber", on_delete=models.CASCADE, related_name="activities")
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

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ("-last_at", "-id")
        indexes = (
            models.Index(fields=["subscriber", "-last_at"], name="activity_of_subscriber"),
            models.Index(fields=["-last_at", "-id"], name="activity_in_order"),
            models.Index(fields=["subscriber", "last_at"], name="sessions_of_subscriber", condition=Q(kind="session")),
        )

    def __str__(self) -> str:
        return str(self.Kind(self.kind).label)


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
