"""The outbox: tokens that the Auth Service has yet to hear of."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from subscribers.queue_models import Queued


class OutboxQuerySet(models.QuerySet["OutboxEntry"]):
    def due(self, now: datetime) -> Self:
        """Keep what is to be tried by now and in nobody's hands."""
        return self.filter(due_at__lte=now).filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now))

    def failing(self) -> Self:
        return self.filter(failing_since__isnull=False)


class OutboxEntry(Queued):
    """A token whose state over there may no longer be the truth here.

    It says *which* token is stale, never *what* to send: delivery sends the truth of its own
    moment. The database writes entries by itself (``triggers.py``); ``change_id`` is new with
    every change, so that a delivery never clears a change that it has not seen.
    """

    token = models.CharField(max_length=255, unique=True)
    subscriber_id = models.BigIntegerField(_("subscriber"), null=True)
    auth_token_id = models.IntegerField(null=True)
    change_id = models.UUIDField()
    stale_since = models.DateTimeField(_("stale since"), default=timezone.now, db_index=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        ordering = ("due_at", "id")
        verbose_name = _("change to deliver")
        verbose_name_plural = _("changes to deliver")
        indexes = (
            models.Index(fields=["due_at", "id"], name="outbox_by_due"),
            models.Index(fields=["subscriber_id"], name="outbox_by_subscriber"),
        )

    def __str__(self) -> str:
        return gettext("change of %(moment)s") % {
            "moment": date_format(timezone.localtime(self.stale_since), "DATETIME_FORMAT")
        }
