"""What a text is that should be a list of channels: servers send all kinds of things instead."""

import re
from collections.abc import Iterator
from enum import StrEnum
from itertools import chain

LINES = 200
LETTERS = 64 * 1024

LIST_LINE = re.compile(r"[\s\ufeff]*#\s*EXT(?:M3U|INF)", re.IGNORECASE)
URL_LINE = re.compile(r"[\s\ufeff]*[a-z]{3,8}://", re.IGNORECASE)
HTML = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
JSON = re.compile(r"""\{\s*(?:["'}]|$)|\[\s*(?:["{\[\]]|$)|(?:null|true|false)\s*$""")
# Tags of media and master playlists; nothing but a player that follows one stream makes use of them.
HLS = re.compile(r"#EXT-X-(?:TARGETDURATION|MEDIA-SEQUENCE|STREAM-INF|I-FRAME-STREAM-INF|MEDIA:|MAP:|ENDLIST)")
# A segment lasts some seconds and has no attributes; a channel lasts for ever (-1, 0) or has some.
CHANNEL = re.compile(r"#\s*+EXTINF\s*+:?+\s*+(?:-|0*+(?![\d.])|[^,=]*+=)", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f\ufffd]")
BINARY_BEGINNINGS = ("%PDF-", "PK\x03\x04", "Rar!", "GIF8", "ID3", "\x7fELF")


class What(StrEnum):
    HTML = "html"
    JSON = "json"
    XML = "xml"
    BINARY = "binary"
    HLS = "hls"
    """The playlist of one stream: its segments or qualities."""
    EMPTY = "empty"


class NotAList(ValueError):
    """The text is no list of channels but ``what``; edges put it into words."""

    def __init__(self, what: What) -> None:
        super().__init__(what)
        self.what = what


def checked(numbered: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Return the same numbered lines; raise NotAList where the first of them show that they are no list."""
    head: list[tuple[int, str]] = []
    letters = 0
    for number, line in numbered:
        if head or line.strip(" \t\0\ufeff\x1a"):
            head.append((number, line))
            letters += len(line)
            if len(head) == LINES or letters > LETTERS:
                break
    what = _what([line for _, line in head])
    if what:
        raise NotAList(what)
    return chain(head, numbered)


def _what(lines: list[str]) -> What | None:
    """Tell what the lines are, the first of which is not blank; None for a list, and for what may be one."""
    if not lines:
        return What.EMPTY
    beginning = lines[0][:LETTERS].lstrip("\0\ufeff \t\x1a")
    if beginning.startswith("<") and HTML.match(beginning):
        return What.HTML
    entries = [line for line in lines if LIST_LINE.match(line)]
    if any(HLS.match(line) for line in lines) and not any(CHANNEL.match(line) for line in entries):
        return What.HLS
    if entries:
        return None
    if beginning.startswith("<"):
        return What.HTML if any(HTML.search(line) for line in lines) else What.XML
    if JSON.match(beginning):
        return What.JSON
    if any(URL_LINE.match(line) for line in lines):
        return None
    return What.BINARY if _is_binary(beginning, lines) else None


def _is_binary(beginning: str, lines: list[str]) -> bool:
    if beginning.startswith(BINARY_BEGINNINGS):
        return True
    text = "".join(lines)[:LETTERS]
    return len(CONTROL.findall(text)) * 100 > len(text)
