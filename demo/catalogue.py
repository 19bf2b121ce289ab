"""The demo's channels: invented names, with every oddity that a real catalogue has.

Streams are Flussonic's v3 objects. ``demo_streams()`` lists what the stand-in serves, ``GROUPS`` how the demo sorts
it, ``many_streams(n)`` is for benchmarks. The oddities are each in one stream, so that a test can ask for it by name.
"""

from typing import Any

Stream = dict[str, Any]

HOUR = 3_600
DAY = 86_400
NOW = 1_772_544_650
"""Seconds since 1970 that the demo's recordings end at (3 March 2026)."""

DVRS: dict[str, dict[str, Any]] = {
    "week": {"expiration": 7 * DAY, "root": "/storage/week"},
    "month": {"expiration": 30 * DAY, "root": "/storage/month"},
    "unlimited": {"expiration": None, "root": "/storage/unlimited"},
}
"""Storages that streams refer to by ``dvr.reference``."""

_DVR_BY_DEPTH: dict[str, dict[str, Any] | None] = {
    "none": None,
    "hour": {"expiration": HOUR},
    "day": {"expiration": DAY},
    "3 days": {"expiration": 3 * DAY},
    "week": {"expiration": 7 * DAY, "reference": "week"},
    "14 days": {"expiration": 14 * DAY},
    "month": {"expiration": 30 * DAY, "reference": "month"},
    "by reference": {"expiration": None, "reference": "week"},
    "unlimited": {"expiration": 0, "reference": "unlimited"},
}

# Group, then per stream: name, title, archive depth, picture height (0: radio).
_CATALOGUE: list[tuple[str, list[tuple[str, str | None, str, int]]]] = [
    (
        "News",
        [
            ("meridian-news", "Meridian News", "week", 1080),
            ("meridian-news-hd", "Meridian News HD", "week", 1080),
            ("harbour24", "Harbour 24", "3 days", 720),
            ("compass-world", "Compass World", "week", 1080),
            ("parliament-live", "Parliament Live", "day", 576),
            ("market bell", "Market Bell, Live", "3 days", 1080),
            ("weatherglass", "Weatherglass", "none", 576),
            ("regional/north/news", "Northern News", "day", 720),
            ("nightdesk", 'Nightdesk "Late Edition"', "hour", 720),
            ("breaking-wire", "Breaking Wire 🔴", "day", 1080),
        ],
    ),
    (
        "Sport",
        [
            ("arena-one", "Arena One", "week", 1080),
            ("arena-one-uhd", "Arena One UHD", "3 days", 2160),
            ("arena-two", "Arena Two", "week", 1080),
            ("touchline", "Touchline", "3 days", 1080),
            ("peloton-tv", "Peloton & Trail", "3 days", 720),
            ("ringside", "Ringside <Live>", "day", 1080),
            ("icehouse", "Icehouse", "week", 1080),
            ("oarlock", "Oarlock", "none", 720),
            ("event-channel", "Event Channel", "hour", 1080),
            ("motor-media", "Motor media=hd Special", "day", 1080),
        ],
    ),
    (
        "Films",
        [
            ("lanternfilm", "Lantern Film", "14 days", 1080),
            ("lanternfilm-uhd", "Lantern Film UHD", "14 days", 2160),
            ("silverreel", "Silver Reel", "month", 1080),
            ("noir-hours", "Noir Hours", "month", 576),
            ("popcorn-lane", "Popcorn Lane", "14 days", 1080),
            ("westerly", "Westerly", "week", 720),
            ("short-cuts", "Short & Sweet", "by reference", 1080),
            ("cinematheque", "Cinémathèque Imaginaire", "unlimited", 1080),
            ("layla-cinema", "سينما ليلى", "week", 1080),
            ("serial-box", None, "week", 1080),
        ],
    ),
    (
        "Kids",
        [
            ("pebble-kids", "Pebble Kids", "week", 1080),
            ("pebble-junior", "Pebble Junior", "week", 720),
            ("inkwell-toons", "Inkwell Toons", "3 days", 1080),
            ("storyboat", "Storyboat", "3 days", 720),
            ("snailmail", "Snail's Mail", "day", 576),
            ("mishutka", "Мишутка", "week", 1080),
            ("lullaby-hour", "Lullaby Hour", "none", 576),
            ("skoolbus", "Skoolbus", "day", 720),
        ],
    ),
    (
        "Music",
        [
            ("vinyl-room", "Vinyl Room", "day", 1080),
            ("brass-and-strings", "Brass & Strings", "week", 1080),
            ("neonbeat", "Neonbeat", "none", 1080),
            ("café-crème", "Café Crème", "day", 720),
            ("polka.dot.tv", "Polka Dot TV", "none", 576),
            ("radio/skylark", "Radio Skylark", "none", 0),
            ("radio/lowtide", "Radio Lowtide", "none", 0),
            ("quiet-hours", "Quiet Hours", "hour", 720),
        ],
    ),
    (
        "Регионы",
        [
            ("severny-veter", "Северный Ветер", "week", 1080),
            ("severny-veter-plus2", "Северный Ветер +2", "week", 576),
            ("zarechye", "Заречье", "3 days", 720),
            ("kamenny-most", "Каменный Мост HD", "week", 1080),
            ("tihaya-gavan", "Тихая Гавань", "day", 576),
            ("yuzhny-bereg", "Южный Берег", "3 days", 1080),
            ("белая-вежа", "Белая Вежа", "day", 720),
            ("stepnoy-kray", "Степной Край «Утро»", "none", 576),
            ("ledokol", "Ледокол", "week", 1080),
            ("dozhdlivy", "Дождливый, 7-й", "by reference", 576),
            ("polustanok", "Полустанок", "hour", 576),
            ("rodnik", "Родник", "none", 720),
        ],
    ),
]

# What is odd about single streams: fields laid over those above.
_ODDITIES: dict[str, Stream] = {
    # Records without a dvr of its own: only the statistics tell.
    "weatherglass": {
        "stats": {"dvr_info": {"from": NOW - 2 * DAY, "depth": 2 * DAY}, "dvr_enabled": True},
    },
    # dvr_enabled proves nothing.
    "oarlock": {"stats": {"dvr_enabled": True}},
    # On demand: nobody watches, which is healthy.
    "event-channel": {"static": False, "stats": {"status": "waiting", "alive": False, "media_info": None}},
    # Nobody has looked into the source yet.
    "nightdesk": {"stats": {"media_info": None}},
    "icehouse": {"stats": {"status": "error", "alive": False}},
    # The title is missing; that in media_info stands in.
    "serial-box": {"stats": {"media_info": {"title": "Serial Box"}}},
    # The recording says how deep it is, as neither dvr nor storage sets a limit.
    "cinematheque": {"stats": {"dvr_info": {"from": NOW - 45 * DAY, "depth": 45 * DAY}}},
    "polustanok": {"disabled": True},
}

# Not in the catalogue: a duplicate from another server and a viewer's own stream. Clients skip both.
_TRANSIENT: list[Stream] = [
    {"name": "arena-one@edge2", "title": "Arena One", "named_by": "remote", "static": False},
    {"name": "push-7f3a", "title": None, "named_by": "user", "static": False},
]

GROUPS: list[tuple[str, list[str]]] = [(group, [row[0] for row in rows]) for group, rows in _CATALOGUE]
"""The demo's groups in order, each with its streams' names in order."""


def demo_streams() -> list[Stream]:
    """Return fresh v3 objects: all streams of ``GROUPS``, then the transient ones."""
    rows = [row for _, rows in _CATALOGUE for row in rows]
    streams = [
        _laid_over(_stream(name, title, _DVR_BY_DEPTH[depth], height, position), _ODDITIES.get(name, {}))
        for position, (name, title, depth, height) in enumerate(rows, start=1)
    ]
    return streams + [_laid_over(_stream(row["name"], None, None, 1080, 0), row) for row in _TRANSIENT]


def many_streams(n: int) -> list[Stream]:
    """Return ``n`` streams named ch00001, ch00002, ... with the sizes of real objects, depths and heights mixed."""
    depths = [_DVR_BY_DEPTH[depth] for depth in ("week", "none", "3 days", "day", "14 days")]
    heights = (1080, 720, 576, 2160)
    return [
        _stream(f"ch{number:05}", f"Channel {number}", depths[(number - 1) % 5], heights[(number - 1) % 4], number)
        for number in range(1, n + 1)
    ]


def _stream(name: str, title: str | None, dvr: Stream | None, height: int, position: int) -> Stream:
    stream: Stream = {
        "name": name,
        "title": title,
        "comment": f"rack {position % 12 + 1}",
        "provider": "demo",
        "labels": {"region": "all"},
        "position": position,
        "static": True,
        "disabled": False,
        "named_by": "config",
        "template": None,
        "inputs": [{"url": f"udp://239.10.{position // 250}.{position % 250 + 1}:1234"}],
        "dvr": dict(dvr) if dvr else None,
        "on_play": {"url": "http://auth.example/auth"},
        "stats": {
            "status": "running",
            "alive": True,
            "online_clients": position % 7,
            "input_bitrate": 1_000 + height * 4,
            "dvr_enabled": dvr is not None,
            "media_info": {"tracks": _tracks(height)},
        },
    }
    if title is None:
        del stream["title"]
    if dvr:
        depth = dvr["expiration"] or 5 * DAY
        stream["stats"]["dvr_info"] = {"from": NOW - depth, "depth": depth}
    return stream


def _tracks(height: int) -> list[Stream]:
    video = {
        "track_id": "v1",
        "content": "video",
        "codec": "hevc" if height > 1080 else "h264",
        "width": height * 16 // 9,
        "height": height,
        "fps": 25,
    }
    audio = {"track_id": "a1", "content": "audio", "codec": "aac", "language": "eng", "channels": 2}
    return [video, audio] if height else [audio]


def _laid_over(stream: Stream, changes: Stream) -> Stream:
    """Return the stream with the changes, which reach into nested objects."""
    merged = dict(stream)
    for key, value in changes.items():
        below = merged.get(key)
        merged[key] = _laid_over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged
