"""The channels that a subscriber's access comes to, each with the paths by which it is granted."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from channels.admin_base import AnyModelAdmin
from channels.models import Channel, ChannelQuerySet
from channels.search import contains_words, search_text
from subscribers.entitlements import entitled_channels
from subscribers.models import Subscriber
from subscribers.paths import Paths, paths_to

PER_PAGE = 100
PATHS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A channel as the table shows it."""

    place: int
    channel: Channel
    paths: Paths


def rows_of(subscriber: Subscriber, channels: Sequence[Channel], *, first: int = 1) -> list[Row]:
    """Return the rows of the table, counted from ``first``; their paths are read in one query."""
    paths = paths_to([channel.pk for channel in channels], subscriber, most=PATHS_SHOWN)
    return [
        Row(place, channel, paths.get(channel.pk, Paths()))  # it may be taken away at this moment
        for place, channel in enumerate(channels, start=first)
    ]


def shown_channels(subscriber: Subscriber) -> ChannelQuerySet:
    """Return what the subscriber may watch in the order of the playlist, without the pictures."""
    return entitled_channels(subscriber).in_playlist_order().select_related("group").defer("tvg_logo")


def channels_page(model_admin: AnyModelAdmin, request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """Show all of them in pages, or those in whose names all words are that are searched for."""
    query = search_text(request.GET.get("q", ""))
    channels = shown_channels(subscriber).filter(contains_words(query, Channel.SEARCHED))
    page = Paginator(channels, PER_PAGE).get_page(request.GET.get("p"))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Channels of %(subscriber)s") % {"subscriber": subscriber},
        "opts": model_admin.opts,
        "heading": getattr(model_admin, "heading", ""),
        "original": subscriber,
        "media": model_admin.media,
        "query": query,
        "query_part": f"{urlencode({'q': query})}&" if query else "",
        "page": page,
        "rows": rows_of(subscriber, list(page), first=page.start_index()),
    }
    return TemplateResponse(request, "admin/subscribers/subscriber/channels.html", context)
