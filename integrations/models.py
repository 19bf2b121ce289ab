"""What is remembered of the systems outside: runs against them, and what the Auth Service holds."""

from datetime import datetime
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

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
        RUNNING = "running", "running"
        DONE = "done", "done"
        REFUSED = "refused", "refused"
        FAILED = "failed", "failed"

    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField(default=timezone.now, db_index=True)
    finished_at = models.DateTimeField(null=True)
    actor = models.CharField(
        max_length=150,
        blank=True,
        help_text="Who asked for it; nobody for the worker's own.",
    )
    error = models.TextField(blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("-started_at", "-id")


class SyncRun(Run):
    """A sync of the channels with Flussonic."""

    forced = models.BooleanField(default=False)
    total = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    orphaned = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"sync {self.pk}: {self.state}"


class ReconcileRun(Run):
    """A comparison of what the Auth Service holds with what it should hold."""

    compared = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    extra = models.PositiveIntegerField(default=0)
    different = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"reconciliation {self.pk}: {self.state}"

    @property
    def drift(self) -> int:
        return self.missing + self.extra + self.different


class RemoteToken(models.Model):
    """What the Auth Service last accepted for a token, and the id it gave: the record of deliveries.

    It outlives a deleted subscriber, until the token is deleted over there too.
    """

    token = models.CharField(max_length=255, unique=True)
    remote_id = models.IntegerField()
    user_id = models.CharField(max_length=100)
    status = models.CharField(max_length=10)
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, blank=True, help_text="Of all that was accepted; empty: send it again.")
    accepted_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=["remote_id"], name="remote_token_by_id"),
            # Each delivery asks which of the active ones have come to their end.
            models.Index(fields=["valid_until"], name="remote_token_by_end", condition=Q(status="active")),
        )

    def __str__(self) -> str:
        return f"token {self.remote_id} of {self.user_id}"
