"""How Flussonic cuts its stream list into pages and objects into selections (server API v3 documentation)."""

import base64
import binascii
import json
import marshal
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

Stream = dict[str, Any]

SECRET = "hunter2-of-the-stand-in"
"""Stands in every full object: a client that always selects never sees it."""

_UNSELECTED: Stream = {
    "inputs": [{"url": f"tshttp://encoder:{SECRET}@10.0.0.5:8080/in/mpegts", "stats": {"active": True}}],
    "password": SECRET,
    "pushes": [{"url": f"rtmp://live.example/app/{SECRET}"}],
    "thumbnails": {"enabled": False},
    "cluster_key": SECRET,
}
_CACHED_TEXTS = 200_000


class CursorError(ValueError):
    """The cursor was not given out by this listing. Flussonic answers it with a bare 500."""


def cursor_after(names: Sequence[str], end: int, *, by_name: bool) -> str:
    """Return the cursor of the page that starts at ``end``.

    Sorted by name it holds the last name and survives changes of the list; otherwise it is a mere position,
    which drifts when streams come and go.
    """
    text = f"name_gt={quote(names[end - 1], safe='')}" if by_name else f"position={end}"
    return base64.b64encode(text.encode()).decode()


def position_of(cursor: str, names: Sequence[str], *, by_name: bool) -> int:
    """Return where the page of a cursor starts; raise `CursorError`, also if it is of another sort order."""
    try:
        key, _, value = base64.b64decode(cursor, validate=True).decode().partition("=")
        if by_name and key == "name_gt":
            return bisect_right(names, unquote(value))
        if not by_name and key == "position":
            return int(value)
    except (binascii.Error, UnicodeDecodeError, ValueError) as exc:
        raise CursorError(cursor) from exc
    raise CursorError(cursor)


class StreamWriter:
    """Write stream objects as JSON, reduced to what was selected; what has not changed is written once."""

    def __init__(self) -> None:
        self._written: dict[tuple[str, str], tuple[bytes, str]] = {}

    def write(self, name: str, stream: Stream, select: str) -> str:
        # Tests change streams as they like, so each is compared with what was written: a third of the cost of writing.
        fingerprint = marshal.dumps(stream, 2)
        known = self._written.get((name, select))
        if known is not None and known[0] == fingerprint:
            return known[1]
        text = json.dumps(reduced(name, stream, select), ensure_ascii=False, separators=(",", ":"))
        if len(self._written) >= _CACHED_TEXTS:
            self._written.clear()
        self._written[name, select] = (fingerprint, text)
        return text


def reduced(name: str, stream: Stream, select: str) -> Stream:
    """Return the selected fields that the stream has; without a selection the full object, secrets and all."""
    full = {**_UNSELECTED, "name": name, **stream}
    return _pick(full, _tree(select)) if select else full


@lru_cache(maxsize=64)
def _tree(select: str) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for path in select.split(","):
        node = root
        for part in path.strip().split("."):
            node = node.setdefault(part, {})
    return root


def _pick(value: Stream, wanted: dict[str, Any]) -> Stream:
    return {
        key: _pick(value[key], below) if below and isinstance(value[key], dict) else value[key]
        for key, below in wanted.items()
        if key in value
    }
