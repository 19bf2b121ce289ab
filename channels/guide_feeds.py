"""Feeds as they came, kept to be imported again: new channels of ours get their programmes without another download."""

import gzip
import shutil
import tempfile
from typing import IO

from django.db import transaction
from django.db.models import Q

from channels.models import GuideFeed, GuideFeedPart, GuideSource

PART_BYTES = 1024 * 1024
PACKED = (b"\x1f\x8b", b"\xfd7zXZ\0", b"BZh", b"PK\x03\x04")


@transaction.atomic
def keep_feed(source: GuideSource, file: IO[bytes], *, file_name: str, current: bool) -> GuideFeed:
    """Keep a copy of the file, packed, in place of the current one, or of the upload that waits."""
    source.feeds.filter(is_current=current).delete()
    feed = GuideFeed.objects.create(source=source, file_name=file_name, is_current=current)
    file.seek(0)
    beginning = file.read(6)
    file.seek(0)
    if beginning.startswith(PACKED):
        _write_parts(feed, file)
    else:
        with tempfile.TemporaryFile() as packed:
            with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=5, mtime=0) as target:
                shutil.copyfileobj(file, target)
            packed.seek(0)
            _write_parts(feed, packed)
    return feed


def make_current(feed: GuideFeed) -> None:
    """Let an upload take the place of those before it, in the caller's transaction; later ones wait for their turn."""
    before = Q(is_current=True) | Q(pk__lt=feed.pk)
    GuideFeed.objects.filter(before, source=feed.source_id).exclude(pk=feed.pk).delete()
    GuideFeed.objects.filter(pk=feed.pk).update(is_current=True)


def unload(feed: GuideFeed, file: IO[bytes]) -> None:
    """Write what was kept into the file, and go to its beginning."""
    numbers = feed.parts.order_by("number").values_list("number", flat=True)
    for number in numbers:
        file.write(bytes(feed.parts.values_list("content", flat=True).get(number=number)))
    file.seek(0)


def _write_parts(feed: GuideFeed, file: IO[bytes]) -> None:
    number = 0
    while content := file.read(PART_BYTES):
        GuideFeedPart.objects.create(feed=feed, number=number, content=content)
        feed.size += len(content)
        number += 1
    feed.save(update_fields=["size"])
