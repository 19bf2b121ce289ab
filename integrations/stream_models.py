"""The streams that this service has made at Flussonic, or is about to make or remove."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from subscribers.queue_models import Queued


class PushedStream(Queued):
    """A stream that restreams a channel of a list, and where it stands over there.

    It is found by its name, which a channel never changes: so it outlives the channel until the stream is removed.
    Only what is on record here is ever written or deleted at Flussonic.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waits")
        LIVE = "live", _("is there")
        FAILED = "failed", _("refused")
        REMOVING = "removing", _("is being removed")

    stream_name = models.CharField(_("stream name"), max_length=255)
    # Of the channel; kept for the lists of staff alone.
    source = models.ForeignKey(
        "channels.Source", verbose_name=_("source"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    since = models.DateTimeField(_("since"), default=timezone.now)
    # False until Flussonic was seen to have no stream of this name: one that it has is not ours to write.
    is_ours = models.BooleanField(default=False)
    # Of what it was last told (address, title) and has answered to: accepted where it is there, refused where refused.
    digest = models.CharField(max_length=32, blank=True)

    class Meta:
        default_permissions = ("view",)
        ordering = ("id",)
        verbose_name = _("stream made at Flussonic")
        verbose_name_plural = _("streams made at Flussonic")
        constraints = (models.UniqueConstraint(fields=["stream_name"], name="pushed_stream"),)
        indexes = (
            models.Index(fields=["due_at", "id"], name="pushed_streams_by_due", condition=~Q(state="live")),
            models.Index(
                fields=["failing_since"], name="pushed_streams_failing", condition=Q(failing_since__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return self.stream_name
