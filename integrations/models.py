"""What is remembered of the systems outside: runs against them, and what the Auth Service holds."""

from datetime import datetime
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integrations.decision_models import AuthDecision
from integrations.stream_models import PushedStream

__all__ = ["AuthDecision", "PushedStream", "ReconcileRun", "RemoteToken", "Run", "RunQuerySet", "SyncRun"]

AnyRun = TypeVar("AnyRun", bound="Run")


class RunQuerySet(models.QuerySet[AnyRun]):
    def running(self) -> Self:
        return self.filter(state=Run.State.RUNNING)

    def started_before(self, moment: datetime) -> Self:
        return self.filter(started_at__lt=moment)

    def latest_done(self) -> AnyRun | None:
        return self.filter(state=Run.State.DONE).first()


class Run(models.Model):
    """One run against a remote system: when, who asked, and how it ended."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("failed")

    state = models.CharField(_("result"), max_length=10, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField(_("started"), default=timezone.now, db_index=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    actor = models.CharField(
        _("asked by"),
        max_length=150,
        blank=True,
        help_text=_("Who asked for it; nobody for the worker's own."),
    )
    error = models.TextField(_("error"), blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("-started_at", "-id")


def moment_in_words(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")


class SyncRun(Run):
    """A sync of the channels with Flussonic."""

    forced = models.BooleanField(_("forced"), default=False)
    total = models.PositiveIntegerField(_("total"), default=0)
    new = models.PositiveIntegerField(_("new"), default=0)
    updated = models.PositiveIntegerField(_("changed"), default=0)
    orphaned = models.PositiveIntegerField(_("orphaned"), default=0)
    returned = models.PositiveIntegerField(_("returned"), default=0)
    skipped = models.PositiveIntegerField(_("skipped"), default=0)

    class Meta(Run.Meta):
        verbose_name = _("sync with Flussonic")
        verbose_name_plural = _("syncs with Flussonic")

    def __str__(self) -> str:
        return gettext("sync of %(moment)s") % {"moment": moment_in_words(self.started_at)}


class ReconcileRun(Run):
    """A comparison of what the Auth Service holds with what it should hold."""

    compared = models.PositiveIntegerField(_("compared"), default=0)
    missing = models.PositiveIntegerField(_("missing"), default=0)
    extra = models.PositiveIntegerField(_("extra"), default=0)
    different = models.PositiveIntegerField(_("different"), default=0)

    class Meta(Run.Meta):
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")

    def __str__(self) -> str:
        return gettext("reconciliation of %(moment)s") % {"moment": moment_in_words(self.started_at)}

    @property
    def drift(self) -> int:
        return self.missing + self.extra + self.different


class RemoteToken(models.Model):
    """What the Auth Service last accepted for a token, and the id it gave: the record of deliveries.

    It outlives a deleted subscriber, until the token is deleted over there too.
    """

    class Status(models.TextChoices):
        """What the service calls them; it gives the last one by itself."""

        ACTIVE = "active", _("active")
        SUSPENDED = "suspended", _("suspended")
        EXPIRED = "expired", _("expired")

    token = models.CharField(max_length=255, unique=True)
    remote_id = models.IntegerField(_("id in the Auth Service"))
    user_id = models.CharField(_("agreement number"), max_length=100)
    status = models.CharField(_("status"), max_length=10, choices=Status)
    valid_from = models.DateTimeField(_("valid from"), null=True)
    valid_until = models.DateTimeField(_("valid until"), null=True)
    digest = models.CharField(max_length=64, blank=True, help_text=_("Of all that was accepted; empty: send it again."))
    accepted_at = models.DateTimeField(_("accepted"))

    class Meta:
        verbose_name = _("token at the Auth Service")
        verbose_name_plural = _("tokens at the Auth Service")
        ordering = ("id",)
        indexes = (
            models.Index(fields=["remote_id"], name="remote_token_by_id"),
            # Each delivery asks which of the active ones have come to their end.
            models.Index(fields=["valid_until"], name="remote_token_by_end", condition=Q(status="active")),
        )

    def __str__(self) -> str:
        return gettext("token %(id)s of %(user)s") % {"id": self.remote_id, "user": self.user_id}
