"""Deleting lists with all that came of them."""

from collections.abc import Collection
from functools import partial
from operator import attrgetter

from django.db import connection, models, transaction

from channels.models import Channel, ChannelQuerySet, Source
from channels.sources import LOCK_CHANNELS, held
from integrations.giving_way import giving_way
from integrations.runs import alone
from integrations.sources.importing import LOCK, ImportBusy

DELETE_CHANNELS = "DELETE FROM channels_channel WHERE id = ANY(%s)"


class NotAList(Exception):
    """The Flussonic server cannot be deleted: a sync would make it again."""


def delete_lists(sources: Collection[Source]) -> int:
    """Delete sources and their channels, in one transaction; return how many channels. Raises NotAList, ImportBusy."""
    if any(source.kind != Source.Kind.M3U for source in sources):
        raise NotAList
    with alone(LOCK, ImportBusy()):
        return giving_way(partial(_delete, sources))


def _delete(sources: Collection[Source]) -> int:
    """Triggers lock packages and tokens, after the channels.

    Staff who fill a package have locked it, and lock its channels when they commit: no order suits everybody.
    """
    for source in sorted(sources, key=attrgetter("pk")):
        held(source)
    with connection.cursor() as cursor:
        cursor.execute(LOCK_CHANNELS)
    deleted = delete_channels(Channel.objects.filter(source__in=sources))
    Source.objects.filter(pk__in=[source.pk for source in sources]).delete()
    return deleted


@transaction.atomic
def delete_channels(channels: ChannelQuerySet) -> int:
    """Delete channels by the tens of thousands, with what refers to them; return how many.

    Each table is one statement: Django's own way is a hundred rows at once, and every statement marks stale tokens.
    """
    gone = channels.order_by().values("pk")
    ids = list(gone.values_list("pk", flat=True))
    for relation in Channel._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel):
            continue
        rows = relation.related_model._base_manager.filter(
            **{f"{relation.field.name}__in": channels.order_by().values("pk")}
        )
        if relation.on_delete is models.SET_NULL:
            rows.update(**{relation.field.name: None})
        else:
            assert relation.on_delete in (models.CASCADE, models.DO_NOTHING), f"{relation} wants something else"
            if relation.on_delete is models.CASCADE:
                rows.delete()
    with connection.cursor() as cursor:
        cursor.execute(DELETE_CHANNELS, [ids])
    return len(ids)
