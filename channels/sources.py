"""What staff do with sources, beyond writing their columns."""

from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.text import slugify

from channels.import_mapping import holds_login
from channels.models import Channel, Source
from channels.source_models import origin_of

# Whoever writes channels waits for the moment that this takes: staff who drag rows or change many at once lock them
# in another order, and one of the two would fail.
LOCK_CHANNELS = "LOCK TABLE channels_channel IN EXCLUSIVE MODE"
LONGEST_SLUG = 30
ADDRESSES_LOOKED_AT = 50


class NowhereToRestream(Exception):
    """Flussonic is to restream the list, but no Flussonic is configured: set FLUSSONIC_URL."""


def create_list(name: str, **values: Any) -> Source:
    """Make a source of lists; its slug is in the names of all its streams, and stays when the name changes."""
    source: Source = Source.objects.create(name=name, kind=Source.Kind.M3U, slug=new_slug(name), **values)
    return source


def held(source: Source) -> Source:
    """Return the source as it is now; until the transaction ends nobody else changes it.

    Whoever holds a source and its channels takes the source first, or two would wait for each other.
    """
    return Source.objects.select_for_update(no_key=True).get(pk=source.pk)


def base_url_for(source: Source) -> str:
    """Return the ``stream_base_url`` of a list's channels: empty where players open the list's own addresses.

    Raises NowhereToRestream: no list's own address may come out because a setting is missing.
    """
    if source.delivery == Source.Delivery.DIRECT:
        return ""
    base_url = flussonic_base_url()
    if not base_url:
        raise NowhereToRestream
    return base_url


def flussonic_base_url() -> str:
    """Return where players find Flussonic, or nothing while none is configured.

    Every subscriber reads it in the playlist, so no login may come along.
    """
    return settings.FLUSSONIC_STREAM_URL or origin_of(settings.FLUSSONIC_URL)


def apply_delivery(source: Source) -> int:
    """Let the channels of a list be played where its ``delivery`` says; return how many were played elsewhere."""
    try:
        base_url = base_url_for(source)
    except NowhereToRestream:
        return 0
    elsewhere = Channel.objects.filter(~Q(stream_base_url=base_url), source=source)
    # An update of nothing would still make every playlist anew (`catalogue.py`).
    return elsewhere.update(stream_base_url=base_url) if elsewhere.exists() else 0


def tells_logins(source: Source) -> bool:
    """Tell whether whoever gets a playlist with the source's channels learns a login by it; a few tell for all."""
    if source.delivery != Source.Delivery.DIRECT:
        return False
    addresses = Channel.objects.filter(source=source).order_by("pk").values_list("source_url", flat=True)
    return any(map(holds_login, addresses[:ADDRESSES_LOOKED_AT]))


def new_slug(name: str) -> str:
    """Return a slug for a new list of this name that no other has."""
    base = slugify(name)[:LONGEST_SLUG].strip("-_") or "list"
    taken = set(Source.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
