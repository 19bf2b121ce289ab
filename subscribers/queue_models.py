"""What the rows of a queue have in common: when they are due, in whose hands they are, and what went wrong."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Queued(models.Model):
    """A row that is tried until it is done: claimed by a lease that ends by itself, and put off by failures."""

    due_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    last_error = models.TextField(_("last error"), blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True)
    lease_owner = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        abstract = True
