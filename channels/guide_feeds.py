"""Feeds as they came, kept to be imported again: new channels of ours get their programmes without another download."""

from typing import IO

from django.db import transaction
from django.db.models import Q

from channels import kept_files
from channels.models import GuideFeed, GuideFeedPart, GuideSource


@transaction.atomic
def keep_feed(source: GuideSource, file: IO[bytes], *, file_name: str, current: bool) -> GuideFeed:
    """Keep a copy of the file, packed, in place of the current one, or of the upload that waits."""
    source.feeds.filter(is_current=current).delete()
    feed = GuideFeed.objects.create(source=source, file_name=file_name, is_current=current)
    for number, content in enumerate(kept_files.parts_of(file)):
        GuideFeedPart.objects.create(feed=feed, number=number, content=content)
        feed.size += len(content)
    feed.save(update_fields=["size"])
    return feed


def make_current(feed: GuideFeed) -> None:
    """Let an upload take the place of those before it, in the caller's transaction; later ones wait for their turn."""
    before = Q(is_current=True) | Q(pk__lt=feed.pk)
    GuideFeed.objects.filter(before, source=feed.source_id).exclude(pk=feed.pk).delete()
    GuideFeed.objects.filter(pk=feed.pk).update(is_current=True)


def unload(feed: GuideFeed, file: IO[bytes]) -> None:
    """Write what was kept into the file, and go to its beginning."""
    kept_files.unload(feed.parts.all(), file)
