"""Reading lists of channels as the world writes them."""

import re
import string
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from channels.m3u.addresses import ORIGIN, PLAIN_IN_URL, URL_LETTERS, address_of, looks_like_text
from channels.m3u.beginnings import checked
from channels.m3u.decoding import LINE_LETTERS
from channels.m3u.extinf import PLAIN_ATTRIBUTE, PLAIN_EXTINF, is_extinf, option_of, taken_apart
from channels.m3u.faults import Fault

REJECT_LETTERS = 200
OPTIONS = 50
"""More lines of options before one URL are no options but an attack on the memory."""

# PostgreSQL takes neither NUL nor halves of letters, and nobody wants the others in a name.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufeff\ud800-\udfff]")
# The heads of lines without attributes, as nearly all lists write them.
BARE = frozenset(("#EXTINF:-1", "#EXTINF:0", "#EXTINF:-1 "))
BLANK = string.whitespace + "\0\x1a\x85\xa0\u2028\u2029\ufeff"


class ListEntry(NamedTuple):
    """A channel in a list. ``line`` is that of its ``#EXTINF``, or of its URL where there is none, from 1."""

    line: int
    title: str
    url: str
    attributes: dict[str, str]
    """By names in lower case. Options of other lines and of the URL are among them, by their own names."""


class Reject(NamedTuple):
    """What is no channel: the line, why, and what stood there, at most 200 letters (of a URL, with its password)."""

    line: int
    fault: Fault
    text: str


class _Begun(NamedTuple):
    """An ``#EXTINF`` whose URL has not come yet."""

    line: int
    text: str
    title: str
    attributes: dict[str, str]


def read(lines: Iterable[str]) -> Iterator[ListEntry | Reject]:
    """Yield what is in a list, in its order and in bounded memory; raise NotAList where it is something else.

    Titles, attributes and URLs hold no control letters and no surrogates, and urlsplit() takes every URL. An
    ``#EXTGRP`` is the ``group-title`` of one channel that has no other. What the header says is left out.
    """
    numbered = checked(enumerate(lines, 1))
    heard = _Heard()
    origin = " "  # of the last URL, which is that of the next one, too
    for number, line in numbered:
        # Most lists need nothing but this loop, so it calls little: a microsecond for a channel.
        head, _, title = line.partition(",")
        attributes: dict[str, str] | None = {} if head in BARE and "=" not in title else None
        if attributes is None and (plain := PLAIN_EXTINF.fullmatch(line)):
            title, attributes = plain[2], _plain_attributes(plain[1])
        if attributes is not None and heard.nothing and line.isprintable() and len(line) <= LINE_LETTERS:
            first, title = number, title.strip()
            number, url = next(numbered, (0, ""))
            if not url.startswith(origin) and (found := ORIGIN.match(url)):
                origin = found[0]
            is_plain = url.isascii() and not url.encode().translate(None, PLAIN_IN_URL)
            if is_plain and url.startswith(origin) and len(url) <= URL_LETTERS:
                # As ListEntry(...) does it, in half the time.
                yield tuple.__new__(ListEntry, (first, title, url, attributes))
                continue
            heard.begin(_Begun(first, line, title, attributes))
            line = url
        yield from _read_line(heard, number, line)
    yield from _ended(heard)


def _plain_attributes(named: str) -> dict[str, str]:
    pairs = PLAIN_ATTRIBUTE.findall(named)
    attributes = {name.lower(): value.strip() for name, value in pairs}
    if len(attributes) == len(pairs):
        return attributes
    return {name.lower(): value.strip() for name, value in reversed(pairs)}  # the first stands


class _Heard:
    """What has been said so far of the channel whose URL has not come yet."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.nothing = True
        self.begun: _Begun | None = None
        self.options: dict[str, str] = {}
        self.rejected = False  # its #EXTINF was: the URL is no channel

    def begin(self, begun: _Begun) -> None:
        self.nothing, self.begun = False, begun

    def reject(self) -> None:
        self.nothing, self.rejected = False, True

    def add_option(self, name: str, value: str) -> None:
        self.nothing = False
        if len(self.options) < OPTIONS:
            self.options.setdefault(name, value)


def _read_line(heard: _Heard, number: int, line: str) -> Iterator[ListEntry | Reject]:
    line = line.strip(BLANK)
    if len(line) > LINE_LETTERS:
        yield from _too_long(heard, number, line)
    elif line.startswith("#"):
        yield from _read_comment(heard, number, CONTROL.sub(" ", line.replace("\0", "")))
    elif line:
        yield from _read_address(heard, number, line)


def _read_comment(heard: _Heard, number: int, line: str) -> Iterator[Reject]:
    if is_extinf(line):
        # Options that stand before are said of this channel, unless of one that got no URL.
        options = {} if heard.begun or heard.rejected else heard.options
        yield from _ended(heard)
        heard.begin(_Begun(number, line, *taken_apart(line)))
        heard.options = options
    elif option := option_of(line):
        heard.add_option(*option)


def _read_address(heard: _Heard, number: int, line: str) -> Iterator[ListEntry | Reject]:
    address = address_of(line)
    if isinstance(address, Fault):
        if not heard.rejected:
            yield _reject(number, address, line)
        # Where a title was broken in two, its second half is no URL, but that may yet come.
        if not looks_like_text(line):
            heard.forget()
        return
    if not heard.rejected:
        begun = heard.begun or _Begun(number, line, "", {})
        for name, value in chain(heard.options.items(), address.options.items()):
            if (name := _clean(name)) and not begun.attributes.get(name):
                begun.attributes[name] = _clean(value)
        yield ListEntry(begun.line, begun.title, address.url, begun.attributes)
    heard.forget()


def _too_long(heard: _Heard, number: int, line: str) -> Iterator[Reject]:
    if is_extinf(line):
        yield from _ended(heard)
        heard.reject()
    elif not line.startswith("#"):
        heard.forget()
    yield _reject(number, Fault.LINE_TOO_LONG, line)


def _ended(heard: _Heard) -> Iterator[Reject]:
    if heard.begun:
        yield _reject(heard.begun.line, Fault.NO_URL, heard.begun.text)
    heard.forget()


def _reject(number: int, fault: Fault, text: str) -> Reject:
    return Reject(number, fault, _clean(text[: 2 * REJECT_LETTERS])[:REJECT_LETTERS].strip())


def _clean(text: str) -> str:
    return text if text.isprintable() else CONTROL.sub(" ", text.replace("\0", "")).strip()
