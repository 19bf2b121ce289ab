"""Why a viewer may watch or may not."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Reason(TextChoices):
    """Why a viewer may watch or may not: the first thing that stands in the way."""

    ALLOWED = "allowed", _("allowed")
    NO_TOKEN = "no_token", _("no token was sent")
    UNKNOWN_TOKEN = "unknown_token", _("nobody has this token")
    DISABLED = "disabled", _("the subscriber is disabled")
    NOT_YET_VALID = "not_yet_valid", _("the subscription has not begun")
    EXPIRED = "expired", _("the subscription has ended")
    UNKNOWN_CHANNEL = "unknown_channel", _("no channel has this stream")
    CHANNEL_OFF = "channel_off", _("the channel is switched off")
    SOURCE_OFF = "source_off", _("the source of the channel is switched off")
    NOT_GRANTED = "not_granted", _("nothing that the subscriber holds leads to the channel")
    NO_ARCHIVE = "no_archive", _("the channel has no archive")
