"""Deleting a list with all that came of it."""

from django.db import connection, transaction

from channels.import_sql import LOCK_CHANNELS
from channels.models import Channel, Source
from integrations.runs import alone
from integrations.sources.importing import LOCK, ImportBusy


class NotAList(Exception):
    """The Flussonic server cannot be deleted: a sync would make it again."""


def delete_list(source: Source) -> int:
    """Delete the source and its channels, in one transaction; return how many channels. Raises NotAList, ImportBusy."""
    if source.kind != Source.Kind.M3U:
        raise NotAList
    with alone(LOCK, ImportBusy()), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK_CHANNELS)
        channels = Channel.objects.filter(source=source.pk)
        deleted = channels.count()
        channels.delete()
        source.delete()
    return deleted
