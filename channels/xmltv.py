"""The XMLTV format: reading feeds as they are."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from html import unescape
from typing import IO, Any, NamedTuple

from lxml import etree

from channels.xmltv_scan import Scan
from channels.xmltv_times import parse_time

END_TAG = re.compile(rb"(</(\w+:)?tv\s*>|<tv[^<>]*/>)$")
# XML has no way to say them, and libxml2 stops for good where one stands.
CONTROLS = bytes(number for number in range(32) if number not in b"\t\n\r")
# Where fewer of the programmes could be read, the feed is too damaged to replace a guide.
LEAST_READ = 0.9
# An element is kept until its end: nobody has one of that size, but whoever wants to fill our memory.
MOST_BYTES_OF_ELEMENT = 8 * 1024 * 1024
TITLE_LETTERS = 500
TEXT_LETTERS = 5_000
ID_LETTERS = 255
LANGUAGE_LETTERS = 20
NAMES = 10
CATEGORIES = 8
UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff\s]+")
ENTITY = re.compile(r"&\w+;")

Texts = tuple[tuple[str, str], ...]
"""(language, text) in the order of the feed; the language may be empty."""


class NotXmltv(Exception):
    """The feed cannot be used; ``reason`` is one of REASONS, which edges put into words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


REASONS = ("not_xml", "html", "not_xmltv", "cut_off", "element_too_large", "damaged")


class GuideName(NamedTuple):
    """A channel as a feed names it."""

    xmltv_id: str
    names: tuple[str, ...]


class Broadcast(NamedTuple):
    """A programme as a feed has it."""

    channel: str
    start: datetime | None
    stop: datetime | None
    titles: Texts
    sub_titles: Texts = ()
    descriptions: Texts = ()
    date: str = ""
    categories: Texts = ()
    icon: str = ""
    episodes: tuple[tuple[str, str], ...] = ()
    """(system, number)"""


def read(stream: IO[bytes], *, wanted: Callable[[str], bool] = lambda channel: True) -> Iterator[GuideName | Broadcast]:
    """Yield what the feed has, in its order; memory is bounded by the largest element.

    The texts of programmes are read of those channels that are ``wanted``; of the others they are left out. Slips in
    the XML are passed over. No entity is expanded and nothing is loaded from elsewhere. What ``stream`` raises comes
    out of here. Raises NotXmltv, at the end too: where the feed turns out to be cut off, damaged or no XMLTV.
    """
    watched = _Watched(stream)
    parser: Any = etree.iterparse(
        watched,
        events=("start", "end"),
        tag=("{*}tv", "{*}channel", "{*}programme"),
        recover=True,
        huge_tree=False,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    root = None
    programmes = 0
    try:
        for event, element in parser:
            watched.progress()
            name = _local_name(element)
            if event == "start":
                root = element if root is None and name == "tv" else root
                continue
            if name == "tv" or root is None:
                continue
            programmes += name == "programme"
            try:
                read_event = _event(element, wanted)
            except UnicodeDecodeError:
                read_event = _event(_mended(element), wanted)
            yield read_event
            _forget(element)
    except etree.XMLSyntaxError:
        raise NotXmltv(watched.what_else()) from None
    if root is None:
        raise NotXmltv(watched.what_else())
    # What came before the damage has been passed on by now: the caller must not take it for the whole.
    scan = watched.to_the_end()
    if scan.is_inside:
        raise NotXmltv("damaged")
    # libxml2 says of what is cut off, too, that it has ended.
    if not END_TAG.search(scan.ending):
        raise NotXmltv("cut_off")
    if programmes < scan.programmes * LEAST_READ:
        raise NotXmltv("damaged")


def preferred(texts: Texts, languages: Sequence[str]) -> tuple[str, str]:
    """Return (language, text) in the first of these languages that is there, else the first that there is."""
    for wanted in languages:
        for language, text in texts:
            if language == wanted or language.startswith((f"{wanted}-", f"{wanted}_")):
                return language, text
    return texts[0] if texts else ("", "")


def clean(text: str, most: int = TEXT_LETTERS) -> str:
    """Return the text in one line, of letters that XML can have."""
    return UNSAFE.sub(" ", text).strip()[:most].rstrip()


class _Watched:
    """The stream, with an eye on how it begins and goes on, and on how much comes without an element that ends."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._since = 0
        self._beginning = b""
        self._wide: bool | None = None
        self._scan = Scan()

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        self._since += len(chunk)
        if self._since > MOST_BYTES_OF_ELEMENT:
            raise NotXmltv("element_too_large")
        self._beginning = self._beginning or chunk[:2_000]
        if self._wide is None:
            self._wide = b"\0" in self._beginning
        if chunk and not self._wide:
            chunk = chunk.translate(None, CONTROLS) or b" "
        self._scan.take(chunk.replace(b"\0", b"") if self._wide else chunk)
        return chunk

    def progress(self) -> None:
        self._since = 0

    def to_the_end(self) -> Scan:
        """Return how the markup ends, with what is behind a place that could not be passed."""
        while self.read(65_536):
            self.progress()
        return self._scan

    def what_else(self) -> str:
        beginning = self._beginning.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").lower()
        if beginning.startswith((b"<!doctype html", b"<html")) or b"<html" in beginning[:500]:
            return "html"
        return "not_xmltv" if beginning.startswith(b"<") else "not_xml"


def _forget(element: Any) -> None:
    """Free what has been read, and whatever stood before it."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _mended(element: Any) -> Any:
    """Return a copy in which letters that came as two halves are whole: libxml2 takes a half where it has a number.

    A half that stands alone is left out.
    """
    text = etree.tostring(element, encoding="utf-8", with_tail=False).decode(errors="surrogatepass")
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    parser = etree.XMLParser(recover=True, resolve_entities=False, load_dtd=False, no_network=True)
    return etree.fromstring(whole.encode(), parser)


def _event(element: Any, wanted: Callable[[str], bool]) -> GuideName | Broadcast:
    return _guide_name(element) if _local_name(element) == "channel" else _broadcast(element, wanted)


def _guide_name(element: Any) -> GuideName:
    names = dict.fromkeys(text for _, text in _read_texts(element, "display-name", TITLE_LETTERS))
    return GuideName(clean(element.get("id", ""), ID_LETTERS), tuple(names)[:NAMES])


def _local_name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _broadcast(element: Any, wanted: Callable[[str], bool]) -> Broadcast:
    channel = clean(element.get("channel", ""), ID_LETTERS)
    start, stop = parse_time(element.get("start", "")), parse_time(element.get("stop", ""))
    if not wanted(channel):
        return Broadcast(channel, start, stop, ())
    texts: dict[str, list[tuple[str, str]]] = {}
    icon = ""
    for child in element.iterchildren("{*}*"):
        name = _local_name(child)
        if name == "icon":
            icon = icon or clean(child.get("src", ""), TITLE_LETTERS)
        elif text := clean(_text_of(child), TITLE_LETTERS if name != "desc" else TEXT_LETTERS):
            attribute = "system" if name == "episode-num" else "lang"
            texts.setdefault(name, []).append((clean(child.get(attribute, ""), LANGUAGE_LETTERS), text))
    date = texts.get("date", [("", "")])[0][1]
    return Broadcast(
        channel=channel,
        start=start,
        stop=stop,
        titles=_lowered(texts.get("title", [])),
        sub_titles=_lowered(texts.get("sub-title", [])),
        descriptions=_lowered(texts.get("desc", [])),
        date=date if date.isdecimal() else "",
        categories=_lowered(texts.get("category", []))[:CATEGORIES],
        icon=icon if icon.startswith(("http://", "https://")) else "",
        episodes=tuple((system or "onscreen", number) for system, number in texts.get("episode-num", [])[:3]),
    )


def _read_texts(element: Any, tag: str, most: int) -> Iterator[tuple[str, str]]:
    for child in element.iterchildren(f"{{*}}{tag}"):
        if text := clean(_text_of(child), most):
            yield child.get("lang", ""), text


def _text_of(element: Any) -> str:
    """Return the text of an element with those inside; of entities, the ones of HTML that need no declaration."""
    if len(element) == 0:
        return element.text or ""
    return "".join(_character(piece) if ENTITY.fullmatch(piece) else piece for piece in element.itertext())


def _character(entity: str) -> str:
    character = unescape(entity)
    return character if character != entity else " "


def _lowered(texts: Sequence[tuple[str, str]]) -> Texts:
    # Cut once more: some letters are two in lower case.
    return tuple((language.lower()[:LANGUAGE_LETTERS], text) for language, text in texts)
