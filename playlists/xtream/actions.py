"""What ``player_api.php`` can be asked for: the account, lists of channels and programmes of a channel."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from django.conf import settings

from channels.guide import programmes_of
from channels.joined_gzip import Part, deflated, joined
from playlists.account import Account
from playlists.contents import Content, content_of, held_content
from playlists.encoding import gzipped
from playlists.xtream import payloads
from playlists.xtream.holdings import category_rows, channel_id_of, channel_rows, held_channel

Asked = Mapping[str, str]
"""The parameters of a request."""


@dataclass(frozen=True, slots=True)
class Body:
    """What is answered; what many share is compressed once for all of them."""

    plain: bytes
    shared: Callable[[], bytes] | None = None

    def compressed(self) -> bytes:
        return self.shared() if self.shared else gzipped([self.plain])


Answer = Callable[[Account, Asked, datetime], Body]

NO_FILTER = ("", "0", "all", "*")
EMPTY = Body(b"[]")
PROGRAMMES, MOST_PROGRAMMES = 4, 100
SHORT_GUIDE = timedelta(days=2)
GUIDE_AHEAD = timedelta(days=7)
GUIDE_BEHIND = timedelta(days=1)
"""What has been on lately, on channels without an archive too."""


def account_json(account: Account, password: str, now: datetime) -> Body:
    return Body(orjson.dumps(_account_document(account, password, now)))


def panel_json(account: Account, password: str, now: datetime) -> Body:
    """Return the account with all that it has, as the old ``panel_api.php`` told it.

    What it has is made once, and compressed once, for all who hold the same; it is joined to the account.
    """
    beginning = orjson.dumps(_account_document(account, password, now)).removesuffix(b"}") + b","
    if not account.may_watch(now):
        return Body(beginning + _panel_lists(()))
    rest = _only_chunk(held_content("panel", account, lambda: content_of([_panel_lists(channel_rows(account))])))

    def packed() -> Content:
        part = deflated(rest)
        # The figures stay with what they belong to: another thread may have made it of newer rows.
        return content_of([part.content, b"%d %d %d" % part[1:]])

    def compressed() -> bytes:
        content, figures = held_content(("panel", "gzip"), account, packed).chunks_for("")
        return b"".join(joined([deflated(beginning), Part(content, *map(int, figures.split()))]))

    return Body(beginning + rest, compressed)


def refusal_json(*, complete: bool, now: datetime) -> bytes:
    """Return what wrong credentials are answered."""
    server = payloads.server_info(settings.PUBLIC_URL, now)
    return orjson.dumps({"user_info": payloads.nobodys_info(complete=complete), "server_info": server})


def live_categories(account: Account, asked: Asked, now: datetime) -> Body:
    def make() -> bytes:
        return orjson.dumps(payloads.categories(category_rows(account)))

    return _shared("live categories", account, make) if account.may_watch(now) else EMPTY


def live_streams(account: Account, asked: Asked, now: datetime) -> Body:
    """Return the channels, or those of one category; of a category that is not there, none."""
    wanted = asked.get("category_id", "").strip().lower()
    category = None if wanted in NO_FILTER else channel_id_of(wanted)
    if not account.may_watch(now) or (category is None and wanted not in NO_FILTER):
        return EMPTY

    def make() -> bytes:
        return payloads.live_streams_json(channel_rows(account, category), public_url=settings.PUBLIC_URL)

    return _shared(("live streams", category), account, make)


def nothing(account: Account, asked: Asked, now: datetime) -> Body:
    return EMPTY


def movie(account: Account, asked: Asked, now: datetime) -> Body:
    return Body(orjson.dumps(payloads.unknown_movie(channel_id_of(asked.get("vod_id", "")) or 0)))


def series(account: Account, asked: Asked, now: datetime) -> Body:
    return Body(orjson.dumps(payloads.unknown_series()))


def short_guide(account: Account, asked: Asked, now: datetime) -> Body:
    """Return what is on and what comes next, four programmes unless another number is asked for."""
    limit = channel_id_of(asked.get("limit", "")) or PROGRAMMES
    return _guide(account, asked, now, behind=timedelta(), ahead=SHORT_GUIDE, limit=min(limit, MOST_PROGRAMMES))


def whole_guide(account: Account, asked: Asked, now: datetime) -> Body:
    """Return all that is known of the channel, from where its archive begins."""
    return _guide(account, asked, now, behind=GUIDE_BEHIND, ahead=GUIDE_AHEAD, limit=None)


ACTIONS: dict[str, Answer] = {
    "get_live_categories": live_categories,
    "get_live_streams": live_streams,
    "get_vod_categories": nothing,
    "get_vod_streams": nothing,
    "get_series_categories": nothing,
    "get_series": nothing,
    "get_series_streams": nothing,
    "get_vod_info": movie,
    "get_series_info": series,
    "get_short_epg": short_guide,
    "get_simple_data_table": whole_guide,
    "get_simple_date_table": whole_guide,  # IPTVnator's slip
    "get_epg": whole_guide,
}


def _shared(kind: Hashable, account: Account, make: Callable[[], bytes]) -> Body:
    """Return what all who hold the same are answered, made once, and compressed once.

    Empty lists are not kept: players could ask for the category of any number.
    """

    def content() -> Content:
        made = make()
        return content_of([made] if made != EMPTY.plain else [])

    shared = held_content(kind, account, content)
    if not shared.chunks:
        return EMPTY
    plain = _only_chunk(shared)

    def compressed() -> bytes:
        return _only_chunk(held_content((kind, "gzip"), account, lambda: content_of([gzipped([plain])])))

    return Body(plain, compressed)


def _panel_lists(rows: Iterable[payloads.StreamRow]) -> bytes:
    return orjson.dumps(payloads.panel_lists(rows, settings.PUBLIC_URL)).removeprefix(b"{")


def _only_chunk(content: Content) -> bytes:
    (chunk,) = content.chunks_for("")  # no token is in it
    return chunk


def _account_document(account: Account, password: str, now: datetime) -> dict[str, object]:
    return {
        "user_info": payloads.user_info(account, password, now),
        "server_info": payloads.server_info(settings.PUBLIC_URL, now),
    }


def _guide(
    account: Account, asked: Asked, now: datetime, *, behind: timedelta, ahead: timedelta, limit: int | None
) -> Body:
    wanted = channel_id_of(asked.get("stream_id", ""))
    channel = held_channel(account, wanted) if account.may_watch(now) else None
    if channel is None:
        return Body(orjson.dumps({"epg_listings": []}))
    if behind:
        behind = max(behind, timedelta(days=channel.catchup_days))
    programmes = programmes_of([channel.id], start=now - behind, end=now + ahead).get(channel.id, [])
    listings = [
        payloads.epg_listing(programme, channel.id, channel.tvg_id, channel.catchup_days, now)
        for programme in programmes[:limit]
    ]
    return Body(orjson.dumps({"epg_listings": listings}))
