"""What staff do with channels, beyond writing the columns of one."""

from django.db import transaction
from django.utils.translation import gettext as _

from channels.models import Channel


class ChannelNotOrphaned(Exception):
    """Remove the stream at its source first, and sync: until then a sync would bring the channel back."""


@transaction.atomic
def delete_orphaned(channel: Channel) -> None:
    """Delete a channel that its source has no more. Raises ChannelNotOrphaned, and Channel.DoesNotExist."""
    rows = Channel.objects.select_for_update().filter(pk=channel.pk)  # a sync may bring it back at this moment
    if rows.values_list("sync_status", flat=True).get() != Channel.SyncStatus.ORPHANED:
        raise ChannelNotOrphaned(_("Its source still has this channel: only orphaned ones can be deleted."))
    channel.delete()
