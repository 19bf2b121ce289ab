"""Whose running streams are to be looked at, as they may have lost what they watch."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from subscribers.queue_models import Queued


class SessionCheck(Queued):
    """Somebody whose sessions at Flussonic may have to end; without an agreement number, everybody.

    The database writes them by itself (``triggers.py``), one for each change that can take access away. They are
    never changed by later changes, which have their own: who has seen one through deletes it.
    """

    # Neither unique nor a foreign key: what is only ever added makes no change wait for another.
    subscriber_id = models.BigIntegerField(null=True)
    agreement_number = models.CharField(_("agreement number"), max_length=100, blank=True)
    since = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        ordering = ("due_at", "id")
        verbose_name = _("session check")
        verbose_name_plural = _("session checks")
        indexes = (models.Index(fields=["due_at", "id"], name="session_checks_by_due"),)

    def __str__(self) -> str:
        return self.agreement_number or gettext("everybody")


class SessionWatch(models.Model):
    """How far the ends of subscriptions have been followed, and how many sessions were ended so far: one row."""

    lapsed_until = models.DateTimeField()
    ended = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.lapsed_until)
