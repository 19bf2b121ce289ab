"""What Flussonic was answered when it asked who may watch: some of it, for staff to see why."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from integrations.flussonic.reasons import Reason
from subscribers.models import Subscriber


class AuthDecision(models.Model):
    """An answer to Flussonic: of refusals one of each kind a minute, of permissions a sample. No token is kept."""

    at = models.DateTimeField(_("time"))
    # No foreign key in the database: a subscriber that goes must not wait for what was answered about it.
    subscriber = models.ForeignKey(
        Subscriber,
        verbose_name=_("subscriber"),
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    stream_name = models.CharField(_("stream"), max_length=255)
    reason = models.CharField(_("answer"), max_length=20, choices=Reason)
    is_archive = models.BooleanField(_("archive"), default=False)
    request_type = models.CharField(_("request"), max_length=20, blank=True)
    protocol = models.CharField(_("protocol"), max_length=20, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True)
    session_id = models.CharField(_("session"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("answer to Flussonic")
        verbose_name_plural = _("answers to Flussonic")
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.stream_name}: {self.get_reason_display()}"
