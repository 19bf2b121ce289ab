"""What Xtream players are answered, field by field.

The types are those that no player stumbles over: in this protocol a number is a number in one field and a text of
digits in the next, and a null, a missing field or an empty object breaks somebody's whole list. Nothing here depends
on settings or the database.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TypedDict
from urllib.parse import urlsplit

import orjson

from channels.guide import Programme
from channels.m3u import clean_text, clean_url
from playlists.account import Account
from playlists.links import logo_url
from subscribers.models import Subscriber

STREAMS_AT_ONCE = 1_000
OUTPUTS = ["m3u8", "ts"]
NEVER = 2_145_916_800
"""2038-01-01: the end of what has none. Some players crash without one, others past 32 bits."""
UNGROUPED = 2_147_483_647
"""The category of channels without a group: a number that no group gets. 0 would mean "all" to players."""
UNGROUPED_NAME = "Other"

StreamRow = tuple[int, str | None, str, str | None, int | None, int | None, str | None, str | None, int]
"""Id, display name, stream name, EPG id, days of archive, group's id and name, logo, Unix seconds of its creation."""
CategoryRow = tuple[int | None, str | None]
"""A group's id and name."""


class ServerInfo(TypedDict):
    url: str
    port: str
    https_port: str
    server_protocol: str
    rtmp_port: str
    timezone: str
    timestamp_now: int
    time_now: str
    process: bool


class UserInfo(TypedDict):
    username: str
    password: str
    message: str
    auth: int
    status: str
    exp_date: str
    is_trial: str
    active_cons: str
    created_at: str
    max_connections: str
    allowed_output_formats: list[str]


class Category(TypedDict):
    category_id: str
    category_name: str
    parent_id: int


class LiveStream(TypedDict):
    num: int
    name: str
    stream_type: str
    stream_id: int
    stream_icon: str
    epg_channel_id: str
    added: str
    is_adult: str
    category_id: str
    category_ids: list[int]
    custom_sid: str
    tv_archive: int
    tv_archive_duration: int
    direct_source: str
    thumbnail: str


class EpgListing(TypedDict):
    id: str
    epg_id: str
    title: str
    lang: str
    start: str
    end: str
    stop: str
    description: str
    channel_id: str
    start_timestamp: str
    stop_timestamp: str
    now_playing: int
    has_archive: int
    stream_id: str


def user_info(account: Account, password: str, now: datetime) -> UserInfo:
    """Return what a player is told of its account; the password is the one that came with the request."""
    return {
        "username": account.username or "",
        "password": password,
        "message": "",
        "auth": 1,
        "status": _status(account, now),
        "exp_date": str(min(int(account.valid_until.timestamp()), NEVER) if account.valid_until else NEVER),
        "is_trial": "0",
        "active_cons": str(account.active_sessions),
        "created_at": str(int(account.created_at.timestamp())),
        "max_connections": str(account.max_sessions),
        "allowed_output_formats": OUTPUTS,
    }


def nobodys_info(*, complete: bool) -> Mapping[str, object]:
    """Return what stands in place of ``user_info`` for wrong credentials; old players want all of its fields."""
    told = {"auth": 0, "username": "", "password": "", "status": "Disabled", "message": "Wrong user name or password."}
    rest = {
        "exp_date": str(NEVER),
        "is_trial": "0",
        "active_cons": "0",
        "created_at": "0",
        "max_connections": "0",
        "allowed_output_formats": OUTPUTS,
    }
    return {**told, **rest} if complete else told


def server_info(public_url: str, now: datetime) -> ServerInfo:
    """Return where the service is and what time it is there; players put addresses together from the parts.

    Where it is known by HTTPS, both ports are that one, so that both ways of doing so work.
    """
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    return {
        "url": f"[{host}]" if ":" in host else host,
        "port": str(port),
        "https_port": str(port if secure else 443),
        "server_protocol": parts.scheme,
        "rtmp_port": "0",
        "timezone": "UTC",
        "timestamp_now": int(now.timestamp()),
        "time_now": _time(now),
        "process": True,
    }


def categories(rows: Iterable[CategoryRow]) -> list[Category]:
    return [
        {"category_id": str(group_id or UNGROUPED), "category_name": _category_name(group_id, name), "parent_id": 0}
        for group_id, name in rows
    ]


def live_streams_json(rows: Iterable[StreamRow], *, public_url: str) -> bytes:
    """Return the JSON of ``get_live_streams``: the same for all who hold the same.

    In parts, as Python looks again and again through a hundred thousand objects that live at the same time.
    """
    streams = (live_stream(number, row, public_url) for number, row in enumerate(rows, 1))
    parts = []
    while some := list(islice(streams, STREAMS_AT_ONCE)):
        parts.append(orjson.dumps(some)[1:-1])
    return b"[" + b",".join(parts) + b"]"


def live_stream(number: int, row: StreamRow, public_url: str) -> LiveStream:
    channel_id, title, stream_name, tvg_id, days, group_id, _, logo, created = row
    category = group_id or UNGROUPED
    return {
        "num": number,
        "name": clean_text(title or stream_name) or f"Channel {channel_id}",
        "stream_type": "live",
        "stream_id": channel_id,
        "stream_icon": clean_url(logo_url(public_url, channel_id, logo)) if logo else "",
        "epg_channel_id": clean_text(tvg_id) if tvg_id else "",
        "added": str(created),
        "is_adult": "0",
        "category_id": str(category),
        "category_ids": [category],
        "custom_sid": "",
        "tv_archive": 1 if days else 0,
        "tv_archive_duration": days or 0,
        "direct_source": "",
        "thumbnail": "",
    }


def panel_lists(rows: Iterable[StreamRow], public_url: str) -> dict[str, object]:
    """Return what the old ``panel_api.php`` tells besides the account: everything at once."""
    kept = list(rows)
    groups = list(dict.fromkeys((row[5], row[6]) for row in kept))
    return {
        "categories": {"movie": [], "series": [], "live": categories(groups)},
        "available_channels": {
            str(row[0]): {
                **live_stream(number, row, public_url),
                "type_name": "Live Streams",
                "category_name": _category_name(row[5], row[6]),
                "live": "1",
                "container_extension": "ts",
            }
            for number, row in enumerate(kept, 1)
        },
    }


def epg_listing(programme: Programme, channel_id: int, tvg_id: str | None, days: int, now: datetime) -> EpgListing:
    """Return a programme; ``days`` are those for which the channel is kept in the archive."""
    start, stop = _time(programme.start), _time(programme.stop)
    in_archive = days and programme.stop <= now and programme.start >= now - timedelta(days=days)
    return {
        "id": str(programme.id),
        "epg_id": str(channel_id),
        "title": _base64(programme.title),
        "lang": programme.language or "",
        "start": start,
        "end": stop,
        "stop": stop,
        "description": _base64(programme.description),
        "channel_id": clean_text(tvg_id or ""),
        "start_timestamp": str(int(programme.start.timestamp())),
        "stop_timestamp": str(int(programme.stop.timestamp())),
        "now_playing": int(programme.start <= now < programme.stop),
        "has_archive": int(bool(in_archive)),
        "stream_id": str(channel_id),
    }


def unknown_movie(vod_id: int) -> dict[str, object]:
    """Return the answer for a movie that is not there: an empty list for ``info`` tells players so."""
    movie = {
        "stream_id": vod_id,
        "name": "",
        "added": "0",
        "category_id": "0",
        "category_ids": [],
        "container_extension": "mp4",
        "custom_sid": "",
        "direct_source": "",
    }
    return {"info": [], "movie_data": movie}


def unknown_series() -> dict[str, object]:
    """Return the answer for a series that is not there; ``episodes`` as a list would break players."""
    return {"seasons": [], "info": {"name": None}, "episodes": {}}


def _status(account: Account, now: datetime) -> str:
    """Return one of the four words that players know."""
    if account.may_watch(now):
        return "Active"
    lapsed = account.valid_until is not None and account.valid_until <= now
    return "Expired" if lapsed and account.status == Subscriber.Status.ENABLED else "Disabled"


def _category_name(group_id: int | None, name: str | None) -> str:
    if group_id is None:
        return UNGROUPED_NAME
    return clean_text(name or "") or f"Group {group_id}"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _base64(text: str) -> str:
    return b64encode(text.encode("utf-8", "replace")).decode()
