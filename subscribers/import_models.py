"""Imports of subscribers from files: what was uploaded, how far it is, and which rows were rejected."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Case, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SubscriberImportQuerySet(models.QuerySet["SubscriberImport"]):
    def waiting(self) -> Self:
        """Keep what the worker has to go on with: checks first, as they are short, then in the order of uploading."""
        checks_first = Case(When(state=SubscriberImport.State.CHECKING, then=Value(0)), default=Value(1))
        return self.filter(state__in=SubscriberImport.AT_WORK).order_by(checks_first, "pk")

    def applying(self) -> Self:
        return self.filter(state=SubscriberImport.State.APPLYING)

    def created_before(self, moment: datetime) -> Self:
        return self.filter(created_at__lt=moment)

    def light(self) -> Self:
        """Leave out the file, which may have megabytes."""
        return self.defer("content")


class SubscriberImport(models.Model):
    """A file of subscribers: uploaded, checked without writing anything, confirmed by staff, applied."""

    class State(models.TextChoices):
        CHECKING = "checking", _("is being checked")
        CHECKED = "checked", _("checked, not imported")
        APPLYING = "applying", _("is being imported")
        DONE = "done", _("imported")
        FAILED = "failed", _("failed")

    AT_WORK = (State.CHECKING, State.APPLYING)
    COUNTS = ("created", "updated", "unchanged", "rejected")

    file_name = models.CharField(_("file"), max_length=255)
    content = models.BinaryField(null=True, editable=False, help_text="Until it is imported, or old.")
    language = models.CharField(max_length=10, help_text="In which the reasons are told.")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.CHECKING)
    total = models.PositiveIntegerField(_("rows"), default=0)
    done = models.PositiveIntegerField(default=0, help_text="Rows that were checked, or imported.")
    created = models.PositiveIntegerField(_("created"), default=0)
    updated = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    examples: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    error = models.TextField(_("error"), blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Since it last got on.")
    actor = models.CharField(_("by"), max_length=150)
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now, db_index=True)
    worked_at = models.DateTimeField(default=timezone.now, help_text="When it last got on.")
    finished_at = models.DateTimeField(null=True)

    objects = SubscriberImportQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ("-created_at", "-id")
        verbose_name = _("import of users")
        verbose_name_plural = _("imports of users")

    def __str__(self) -> str:
        return self.file_name

    @property
    def at_work(self) -> bool:
        return self.state in self.AT_WORK


class RejectedRow(models.Model):
    """What is wrong with a row of the file: one of these for each field at fault."""

    subscriber_import = models.ForeignKey(SubscriberImport, on_delete=models.CASCADE, related_name="rejects")
    line = models.PositiveIntegerField()
    field = models.CharField(max_length=50, blank=True)
    agreement_number = models.CharField(max_length=100, blank=True)
    reason = models.TextField()

    class Meta:
        default_permissions = ()
        ordering = ("id",)

    def __str__(self) -> str:
        return f"line {self.line}: {self.field}"
