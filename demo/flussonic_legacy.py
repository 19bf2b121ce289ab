"""The stream lists of older Flussonic servers, made from v3 stream objects.

``/flussonic/api/media`` follows the vendor's HTTP API pages of version 4; ``/flussonic/api/streams`` what its own web
interface read from it. Of a plain ``/streams`` nothing is documented: a bare array, the least that a client can expect.
"""

from collections.abc import Iterable
from typing import Any

from demo.flussonic_pages import Stream


def media(streams: Iterable[Stream]) -> list[dict[str, Any]]:
    """Return the answer of ``/flussonic/api/media``; a DVR's depth is called ``dvr_limit`` there."""
    return [{"entry": "stream", "value": _media_value(stream)} for stream in streams]


def event_list(streams: Iterable[Stream]) -> dict[str, Any]:
    """Return the answer of ``/flussonic/api/streams``: flat rows, without a DVR depth."""
    return {
        "event": "stream.list",
        "streams": [
            {
                "name": stream["name"],
                "title": stream.get("title"),
                "alive": _stats(stream).get("alive", False),
                "client_count": _stats(stream).get("online_clients", 0),
            }
            for stream in streams
        ],
    }


def bare_list(streams: Iterable[Stream]) -> list[dict[str, Any]]:
    """Return the answer of ``/streams``."""
    kept = ("name", "title", "dvr", "disabled", "static", "named_by")
    return [{key: stream[key] for key in kept if key in stream} for stream in streams]


def _media_value(stream: Stream) -> dict[str, Any]:
    options: dict[str, Any] = {key: stream[key] for key in ("title", "comment", "disabled", "static") if key in stream}
    if dvr := stream.get("dvr"):
        options["dvr"] = {"root": "/storage", "dvr_limit": dvr.get("expiration")}
    inputs = stream.get("inputs") or []
    return {
        "name": stream["name"],
        "urls": [{"value": source["url"], "options": []} for source in inputs],
        "stats": _stats(stream),
        "options": options,
    }


def _stats(stream: Stream) -> dict[str, Any]:
    return stream.get("stats") or {}
