"""Lists as the world writes them, one quirk in each test, and what must hold of any bytes."""

import io
import time
import tracemalloc
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.m3u import LINE_LETTERS, SCHEMES, Entry, Fault, ListEntry, NotAList, Reject, What, lines_of, read, write
from channels.m3u.reading import CONTROL

URL = "http://tv.example.com/1.ts"


class ShortReads(io.BytesIO):
    """A file that returns less than was asked for, as sockets do."""

    def __init__(self, content: bytes, most: int) -> None:
        super().__init__(content)
        self.most = most

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self.most)


def found_in(text: str | bytes) -> list[ListEntry | Reject]:
    return list(read(lines_of(io.BytesIO(text if isinstance(text, bytes) else text.encode()))))


def only(text: str | bytes) -> ListEntry:
    [entry] = found_in(text)
    assert isinstance(entry, ListEntry)
    return entry


def rejects_of(text: str) -> list[tuple[int, Fault]]:
    return [(found.line, found.fault) for found in found_in(text) if isinstance(found, Reject)]


def titles_of(text: str | bytes) -> list[str]:
    return [found.title for found in found_in(text) if isinstance(found, ListEntry)]


def what_of(text: str | bytes) -> What:
    with pytest.raises(NotAList) as caught:
        found_in(text)
    return caught.value.what


# The three formats


def test_a_list_with_attributes_is_read() -> None:
    assert only(f'#EXTM3U\n#EXTINF:-1 tvg-id="1" tvg-name="N" tvg-logo="l.png" group-title="Sports",One\n{URL}\n') == (
        2,
        "One",
        URL,
        {"tvg-id": "1", "tvg-name": "N", "tvg-logo": "l.png", "group-title": "Sports"},
    )


def test_a_basic_list_has_no_attributes() -> None:
    assert found_in(f"#EXTM3U\n#EXTINF:-1,One\n{URL}\n#EXTINF:-1,Two\n{URL}\n") == [
        (2, "One", URL, {}),
        (4, "Two", URL, {}),
    ]


def test_a_list_of_urls_has_no_titles() -> None:
    assert found_in(f"{URL}\n\n{URL}?2") == [(1, "", URL, {}), (3, "", f"{URL}?2", {})]


# Lines and alphabets


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(f"#EXTM3U\n#EXTINF:-1,Один\n{URL}".encode("utf-8-sig"), id="UTF-8 with a byte order mark"),
        pytest.param(f"#EXTM3U\n#EXTINF:-1,Один\n{URL}".encode("utf-16"), id="UTF-16"),
        pytest.param(f"\ufeff#EXTM3U\n#EXTINF:-1,Один\n{URL}".encode("utf-16-be"), id="UTF-16, big end first"),
        pytest.param(f"#EXTM3U\n#EXTINF:-1,Один\n{URL}".encode("utf-16-le"), id="UTF-16 without a mark"),
        pytest.param(f"#EXTM3U\n#EXTINF:-1,Один\n{URL}".encode("utf-16-be"), id="UTF-16 without, big end first"),
        pytest.param(f"#EXTM3U\r\n#EXTINF:-1,Один\r\n{URL}\r\n".encode(), id="CRLF"),
        pytest.param(f"#EXTM3U\r#EXTINF:-1,Один\r{URL}\r".encode(), id="CR"),
        pytest.param(f"#EXTM3U\r#EXTINF:-1,Один\r\n{URL}\n".encode(), id="mixed"),
        pytest.param(f"\n #EXTM3U\n#EXTINF:-1,Один\n{URL}".encode(), id="spaces before the header"),
        pytest.param(f"#extm3u\n#EXTINF:-1,Один\n{URL}".encode(), id="header in lower case"),
        pytest.param(f"#EXTINF:-1,Один\n{URL}".encode(), id="no header"),
        pytest.param(f'#EXTM3U x-tvg-url="http://g" catchup="shift"\n#EXTINF:-1,Один\n{URL}'.encode(), id="guide"),
        pytest.param(f"#EXTM3U\n#EXTINF:-1,Один\n\n \n#PLAYLIST:x\n{URL}".encode(), id="lines between"),
        pytest.param(f"#EXTM3U\n \ufeff#EXTINF:-1,Один\n\ufeff {URL} \t".encode(), id="joined from several files"),
        pytest.param(f"#EXTM3U\n#EXTINF:-1,Один\n{URL}\x1a".encode(), id="end of file as DOS marks it"),
        pytest.param(f"#EXTM3U\n#EXTINF:-1,Один\0\n{URL}\0".encode(), id="NUL behind each text"),
        pytest.param(f"#EXTM3U\n#EXTINF:-1,Один\n{URL}".encode("cp1251"), id="cp1251"),
    ],
)
def test_the_channel_is_found(content: bytes) -> None:
    entry = only(content)

    assert (entry.title, entry.url, entry.attributes) == ("Один", URL, {})


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=repr)
def test_lines_are_counted_whatever_ends_them(end: str) -> None:
    text = end.join(["#EXTM3U", "", "#EXTINF:-1,A", URL, "", "#EXTINF:-1,B", "nonsense:", URL])

    assert [found.line for found in found_in(text)] == [3, 7, 8]


@pytest.mark.parametrize("letter", ["\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c"], ids=ascii)
def test_only_line_feeds_and_carriage_returns_end_a_line(letter: str) -> None:
    assert [title.split() for title in titles_of(f"#EXTINF:-1,One{letter}Two\n{URL}")] == [["One", "Two"]]


@pytest.mark.parametrize(
    ("title", "encoding"),
    [
        ("Первый канал", "cp1251"),
        ("ТВ 3", "cp1251"),
        ("Ёлка, Їжак і ґава", "cp1251"),
        ("Discovery Россия HD", "cp1251"),
        ("Télé Québec", "latin-1"),
        ("Grüße aus Köln", "latin-1"),
        ("La chaîne créée", "latin-1"),
        ("Ação – “Mañana”", "cp1252"),
        ("日本 Первый Café", "utf-8"),
    ],
)
def test_the_alphabet_of_a_line_is_told_by_its_letters(title: str, encoding: str) -> None:
    others = f"#EXTINF:-1,Один\n{URL}\n".encode()

    assert titles_of(others + f"#EXTINF:-1,{title}\n{URL}\n".encode(encoding) + others) == ["Один", title, "Один"]


def test_utf_8_that_is_cut_within_a_letter_stays_utf_8() -> None:
    assert titles_of("#EXTINF:-1,Первый кан".encode()[:-1] + f"\n{URL}".encode()) == ["Первый ка\ufffd"]


def test_halves_of_letters_do_not_come_out() -> None:
    [entry] = read(['#EXTINF:-1 tvg-id="\ud800",A\ud800B', f"{URL}|a=\ud800"])

    assert entry == (1, "A B", URL, {"tvg-id": "", "a": ""})


@pytest.mark.parametrize("letter", ["\x00", "\x01", "\x7f", "\x85", "\x9f", "\ufeff"], ids=ascii)
def test_control_letters_do_not_come_out(letter: str) -> None:
    text = f'#EXTINF:-1 tvg-id="a{letter}b" x="{letter}",A{letter}B\n#EXTVLCOPT:o=a{letter}b\n{URL}|c=a{letter}b%00'
    title, attributes = only(text)[1::2]

    assert not CONTROL.search(f"{title}{attributes}")
    assert title.replace(" ", "") == "AB"


def test_an_8_kb_title_is_read() -> None:
    assert titles_of(f"#EXTINF:-1,{'я' * 8192}\n{URL}") == ["я" * 8192]


# EXTINF


@pytest.mark.parametrize(
    ("line", "title", "attributes"),
    [
        pytest.param("#EXTINF:-1,One", "One", {}, id="plain"),
        pytest.param("#EXTINF:0,One", "One", {}, id="duration 0"),
        pytest.param("#EXTINF:10.5,One", "One", {}, id="duration in decimals"),
        pytest.param("#EXTINF:,One", "One", {}, id="no duration"),
        pytest.param('#EXTINF: tvg-id="1",One', "One", {"tvg-id": "1"}, id="attributes without a duration"),
        pytest.param("#EXTINF,One", "One", {}, id="no colon"),
        pytest.param('#EXTINF-1 tvg-id="1",One', "One", {"tvg-id": "1"}, id="duration without a colon"),
        pytest.param('#extinf:-1 tvg-id="1",One', "One", {"tvg-id": "1"}, id="lower case"),
        pytest.param('#ExtInf : -1  tvg-id="1" , One ', "One", {"tvg-id": "1"}, id="spaces"),
        pytest.param('# EXTINF:-1 tvg-id="1",One', "One", {"tvg-id": "1"}, id="space behind the hash"),
        pytest.param('#EXTINF:-1\ttvg-id="1"\t,One', "One", {"tvg-id": "1"}, id="tabs"),
        pytest.param('#EXTINF:-1tvg-id="1",One', "One", {"tvg-id": "1"}, id="no space behind the duration"),
        pytest.param("#EXTINF:-1,", "", {}, id="no title"),
        pytest.param("#EXTINF:-1", "", {}, id="nothing"),
        pytest.param("#EXTINF:-1,News, World, HD", "News, World, HD", {}, id="commas in the title"),
        pytest.param('#EXTINF:-1,The "Best", HD', 'The "Best", HD', {}, id="quotes in the title"),
        pytest.param('#EXTINF:-1,Film x="y", part 2', 'Film x="y", part 2', {}, id="an attribute in the title"),
        pytest.param('#EXTINF:-1 a="1",x="y", 2', 'x="y", 2', {"a": "1"}, id="a title that begins as an attribute"),
        pytest.param("#EXTINF:-1,5 USA", "5 USA", {}, id="a number before the title"),
        pytest.param("#EXTINF:-1,1+1=2", "1+1=2", {}, id="a sum in the title"),
        pytest.param("#EXTINF:-1 One", "One", {}, id="no comma"),
        pytest.param('#EXTINF:-1 a="1" One HD', "One HD", {"a": "1"}, id="no comma behind attributes"),
        pytest.param("#EXTINF:-1 a=1 One HD", "One HD", {"a": "1"}, id="no comma behind attributes without quotes"),
        pytest.param('#EXTINF:-1 a="1"One', "One", {"a": "1"}, id="nothing between attributes and title"),
        pytest.param('#EXTINF:-1 a="News, 1",One', "One", {"a": "News, 1"}, id="comma in a value"),
        pytest.param('#EXTINF:-1 a="x=1&b=2",One', "One", {"a": "x=1&b=2"}, id="equals sign in a value"),
        pytest.param('#EXTINF:-1 a=" 1 ",One', "One", {"a": "1"}, id="spaces in a value"),
        pytest.param('#EXTINF:-1 a="",One', "One", {"a": ""}, id="empty value"),
        pytest.param('#EXTINF:-1 A="1" a="2",One', "One", {"a": "1"}, id="the first of one name stands"),
        pytest.param("#EXTINF:-1 a='1' a=\"2\",One", "One", {"a": "1"}, id="the first stands with other quotes too"),
        pytest.param('#EXTINF:-1 TVG-ID="Ab",One', "One", {"tvg-id": "Ab"}, id="name in upper case"),
        pytest.param("#EXTINF:-1 a='News, 1' b='2',One", "One", {"a": "News, 1", "b": "2"}, id="single quotes"),
        pytest.param("#EXTINF:-1 a='It's on' b='2',One", "One", {"a": "It's on", "b": "2"}, id="apostrophe in them"),
        pytest.param('#EXTINF:-1 a="It\'s",One', "One", {"a": "It's"}, id="apostrophe in double quotes"),
        pytest.param("#EXTINF:-1 a=1 b=http://e.com/?x=2,One", "One", {"a": "1", "b": "http://e.com/?x=2"}, id="none"),
        pytest.param('#EXTINF:-1 a= b="2",One', "One", {"a": "", "b": "2"}, id="no value"),
        pytest.param(
            "#EXTINF:-1 a = \"1\" b= '2',One", "One", {"a": "1", "b": "2"}, id="spaces around the equals sign"
        ),
        pytest.param('#EXTINF:-1 a="1"b="2",One', "One", {"a": "1", "b": "2"}, id="no space between attributes"),
        pytest.param('#EXTINF:-1 a="1",b="2",One', 'b="2",One', {"a": "1"}, id="comma between attributes"),
        pytest.param('#EXTINF:-1,tvg-id="1" b="2",One', "One", {"tvg-id": "1", "b": "2"}, id="late attributes"),
        pytest.param('#EXTINF:-1 junk a="1" more,One', "One", {"a": "1"}, id="words that are no attributes"),
        pytest.param('#EXTINF:-1 a="The "Best" TV" b="2",One', "One", {"a": 'The "Best" TV', "b": "2"}, id="inner"),
        pytest.param(
            '#EXTINF:-1 a="The "Best"" b="2",One', "One", {"a": 'The "Best"', "b": "2"}, id="inner at the end"
        ),
        pytest.param('#EXTINF:-1 a="x b="2",One', "One", {"a": "x", "b": "2"}, id="no closing quote"),
        pytest.param('#EXTINF:-1 a="x,One', "One", {"a": "x"}, id="no closing quote at all"),
        pytest.param('#EXTINF:-1 a="x" b="y,One', "One", {"a": "x", "b": "y"}, id="no last closing quote"),
        pytest.param('#EXTINF:-1 a="&quot;\\x",One', "One", {"a": "&quot;\\x"}, id="no escapes"),
        pytest.param('#EXTINF:-1 tvg-id="1",Кафе́ 📺', "Кафе́ 📺", {"tvg-id": "1"}, id="letters outside of ASCII"),
        pytest.param(
            '#EXTINF:-1 tvg-chno="7.2" catchup="shift" catchup-days="7" catchup-source="?utc={utc}" radio="true",One',
            "One",
            {
                "tvg-chno": "7.2",
                "catchup": "shift",
                "catchup-days": "7",
                "catchup-source": "?utc={utc}",
                "radio": "true",
            },
            id="number, archive, radio",
        ),
    ],
)
def test_title_and_attributes_are_found(line: str, title: str, attributes: dict[str, str]) -> None:
    assert only(f"#EXTM3U\n{line}\n{URL}") == (2, title, URL, attributes)


@pytest.mark.parametrize("line", ['#EXTINF:-1 a="1" b="News, 2",One, Two', "#EXTINF:-1,One, Two"])
def test_the_quick_way_reads_the_same_as_the_thorough_one(line: str) -> None:
    """A control letter makes a line go the other way."""
    quick, thorough = (only(f"{text}\n{URL}") for text in (line, f"{line}\x01"))

    assert quick == thorough


# Other lines, and options of the URL


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        pytest.param(f"#EXTINF:-1,A\n#EXTGRP:News\n{URL}", {"group-title": "News"}, id="group"),
        pytest.param(f"#EXTGRP: News\n#EXTINF:-1,A\n{URL}", {"group-title": "News"}, id="group before"),
        pytest.param(f'#EXTINF:-1 group-title="A",A\n#EXTGRP:News\n{URL}', {"group-title": "A"}, id="has a group"),
        pytest.param(f'#EXTINF:-1 group-title="",A\n#EXTGRP:News\n{URL}', {"group-title": "News"}, id="empty group"),
        pytest.param(f"#EXTINF:-1,A\n#EXTVLCOPT:http-user-agent=VLC/3\n{URL}", {"http-user-agent": "VLC/3"}, id="VLC"),
        pytest.param(f"#EXTVLCOPT:network-caching=9\n#EXTINF:-1,A\n{URL}", {"network-caching": "9"}, id="VLC before"),
        pytest.param(f"#EXTVLCOPT:a=1\n{URL}", {"a": "1"}, id="before a URL alone"),
        pytest.param(f"#EXTINF:-1,A\n#EXTVLCOPT:no-audio\n{URL}", {}, id="option without a value"),
        pytest.param(
            f"#KODIPROP:inputstream.adaptive.manifest_type=mpd\n#EXTINF:-1,A\n#KODIPROP:x=a=b\n{URL}",
            {"inputstream.adaptive.manifest_type": "mpd", "x": "a=b"},
            id="Kodi, before and behind",
        ),
        pytest.param(
            f"#EXTINF:-1,A\n{URL}|User-Agent=VLC%2F3 x&Referer=http://e.com/?a=1",
            {"user-agent": "VLC/3 x", "referer": "http://e.com/?a=1"},
            id="behind the URL",
        ),
        pytest.param(f"#EXTINF:-1,A\n{URL}|", {}, id="nothing behind the URL"),
        pytest.param(f"#EXTINF:-1,A\n#EXTALBUMARTURL:x\n#EXT-X-VERSION:3\n#c\n{URL}", {}, id="other comments"),
    ],
)
def test_what_other_lines_say_becomes_attributes(text: str, attributes: dict[str, str]) -> None:
    entry = only(text)

    assert (entry.url, entry.attributes) == (URL, attributes)


def test_what_other_lines_say_is_of_one_channel_only() -> None:
    text = f"#EXTINF:-1,A\n#EXTGRP:News\n#EXTVLCOPT:a=1\n{URL}\n#EXTINF:-1,B\n{URL}\n"

    assert [entry.attributes for entry in found_in(text) if isinstance(entry, ListEntry)] == [
        {"group-title": "News", "a": "1"},
        {},
    ]


def test_options_of_a_channel_without_a_url_are_not_of_the_next() -> None:
    assert found_in(f"#EXTINF:-1,A\n#EXTGRP:News\n#EXTINF:-1,B\n{URL}")[1:] == [(3, "B", URL, {})]


def test_no_more_than_fifty_options_are_kept() -> None:
    assert len(only("".join(f"#KODIPROP:o{n}=1\n" for n in range(9_000)) + URL).attributes) == 50


def test_duplicates_all_come() -> None:
    assert titles_of(f"#EXTINF:-1,A\n{URL}\n" * 3) == ["A", "A", "A"]


# URLs


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_urls_of_streams_are_taken(scheme: str) -> None:
    assert only(f"#EXTINF:-1,A\n{scheme}://e.com:1234/a").url == f"{scheme}://e.com:1234/a"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("HTTP://E.com/a", id="upper case"),
        pytest.param("http://user:pass@e.com/a?b=c#d", id="credentials"),
        pytest.param("http://e.com", id="no path"),
        pytest.param("http://e.com:65535/a", id="the last port"),
        pytest.param("http://[2001:db8::1]:8080/a", id="IPv6"),
        pytest.param("udp://@239.0.0.1:1234", id="multicast"),
        pytest.param("http://пример.рф/путь", id="not ASCII"),
        pytest.param("http://e.com/{a}[b]<c>\"d'", id="odd letters"),
        pytest.param("http://e.com/" + "a" * 1987, id="2,000 letters"),
    ],
)
def test_urls_are_left_as_they_are(url: str) -> None:
    assert only(f"#EXTINF:-1,A\n{url}").url == url


@pytest.mark.parametrize(
    ("url", "read"),
    [
        pytest.param("http://e.com/a b.ts", "http://e.com/a%20b.ts", id="space"),
        pytest.param("http://e.com/a\u00a0b\u2028", "http://e.com/a%C2%A0b", id="other spaces"),
        pytest.param("http://e.com/a | x=1", "http://e.com/a", id="space before the options"),
    ],
)
def test_spaces_in_urls_are_encoded(url: str, read: str) -> None:
    assert only(f"#EXTINF:-1,A\n{url}").url == read


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        pytest.param("file:///etc/passwd", Fault.UNKNOWN_SCHEME, id="file"),
        pytest.param("plugin://plugin.video.youtube/?id=1", Fault.UNKNOWN_SCHEME, id="plugin"),
        pytest.param("pipe://ffmpeg -i http://e.com/a", Fault.UNKNOWN_SCHEME, id="pipe"),
        pytest.param("data:text/html,x", Fault.UNKNOWN_SCHEME, id="data"),
        pytest.param("JavaScript:alert(1)", Fault.UNKNOWN_SCHEME, id="script"),
        pytest.param("ftp://e.com/a", Fault.UNKNOWN_SCHEME, id="FTP"),
        pytest.param("segments/1.ts", Fault.NOT_A_URL, id="relative"),
        pytest.param("/a.ts", Fault.NOT_A_URL, id="path"),
        pytest.param("//e.com/a.ts", Fault.NOT_A_URL, id="no scheme"),
        pytest.param("e.com:8080/a", Fault.NOT_A_URL, id="host and port"),
        pytest.param("C:\\films\\a.ts", Fault.NOT_A_URL, id="file of Windows"),
        pytest.param("http:///a.ts", Fault.NOT_A_URL, id="no host"),
        pytest.param("http:/e.com/a.ts", Fault.NOT_A_URL, id="one slash"),
        pytest.param("http://:80/a", Fault.NOT_A_URL, id="port without a host"),
        pytest.param("http://e com/a", Fault.NOT_A_URL, id="space in the host"),
        pytest.param("http://e.com:99999/a", Fault.NOT_A_URL, id="no such port"),
        pytest.param("http://e.com:0/a", Fault.NOT_A_URL, id="port 0"),
        pytest.param("http://e.com:a/a", Fault.NOT_A_URL, id="port of letters"),
        pytest.param("http://[::1/a", Fault.NOT_A_URL, id="half a bracket"),
        pytest.param("http://<host>/a", Fault.NOT_A_URL, id="a placeholder"),
        pytest.param("http://e.com/a\tb", Fault.NOT_A_URL, id="tab"),
        pytest.param("http://e.com/a\0b", Fault.NOT_A_URL, id="NUL"),
        pytest.param("http://e.com/" + "a" * 1988, Fault.URL_TOO_LONG, id="2,001 letters"),
        pytest.param("rtmp://e.com/" + "я" * 1988, Fault.URL_TOO_LONG, id="2,001 letters outside of ASCII"),
    ],
)
def test_what_is_no_url_of_a_stream_is_rejected_with_its_line(url: str, fault: Fault) -> None:
    entry, reject = found_in(f"#EXTM3U\n#EXTINF:-1,A\n{URL}\n#EXTINF:-1,B\n{url}\n")

    assert isinstance(entry, ListEntry)
    assert isinstance(reject, Reject)
    assert reject[:2] == (5, fault)
    assert reject.text == CONTROL.sub(" ", url.replace("\0", ""))[:200]


# Rejects


@pytest.mark.parametrize(
    ("text", "rejects", "titles"),
    [
        pytest.param(f"#EXTINF:-1,A\n#EXTINF:-1,B\n{URL}", [(1, Fault.NO_URL)], ["B"], id="two EXTINF in a row"),
        pytest.param(f"#EXTINF:-1,A\n{URL}\n#EXTINF:-1,B\n", [(3, Fault.NO_URL)], ["A"], id="EXTINF at the end"),
        pytest.param(f"#EXTINF:-1,A\nb/c\n{URL}", [(2, Fault.NOT_A_URL)], [""], id="a channel ends with its address"),
        pytest.param(f"#EXTINF:-1,A\nHD\n{URL}", [(2, Fault.NOT_A_URL)], ["A"], id="a title that is broken in two"),
    ],
)
def test_what_is_no_channel_is_reported(text: str, rejects: list[Any], titles: list[str]) -> None:
    assert (rejects_of(text), titles_of(text)) == (rejects, titles)


@pytest.mark.parametrize(
    ("text", "rejects", "titles"),
    [
        pytest.param(f"#EXTINF:-1,@\n{URL}\n#EXTINF:-1,B\n{URL}", [1], ["B"], id="a title, and its URL with it"),
        pytest.param(f'#EXTINF:-1 tvg-logo="@",A\n{URL}\n{URL}', [1], [""], id="an attribute"),
        pytest.param(f"#EXTINF:-1,A\n#EXTINF:-1,@\n{URL}", [1, 2], [], id="behind a channel without a URL"),
        pytest.param(f"#EXTINF:-1,A\n{URL}@\n#EXTINF:-1,B\n{URL}", [2], ["B"], id="a URL"),
        pytest.param(f"#EXTINF:-1,A\n#@\n{URL}", [2], ["A"], id="a comment"),
    ],
)
def test_lines_that_are_too_long_are_rejected_and_nothing_else(
    text: str, rejects: list[int], titles: list[str]
) -> None:
    for letter in ("x", "я", "📺"):
        long = f"#EXTM3U\n#EXTINF:-1,Z\n{URL}\n{text.replace('@', letter * (LINE_LETTERS + 1))}"

        assert [line for line, _ in rejects_of(long)] == [line + 3 for line in rejects]
        assert titles_of(long) == ["Z", *titles]


def test_a_line_just_short_enough_is_read() -> None:
    assert titles_of(f"#EXTINF:-1,{'x' * (LINE_LETTERS - 11)}\n{URL}") == ["x" * (LINE_LETTERS - 11)]


def test_a_reject_tells_200_letters_of_what_stood_there() -> None:
    assert found_in(f"{URL}\n{'x' * 300}")[1] == (2, Fault.NOT_A_URL, "x" * 200)


# What is no list


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param("<!DOCTYPE html>\n<html><body>Log in", What.HTML, id="HTML"),
        pytest.param("\ufeff\n\n  <!doctype HTML>", What.HTML, id="HTML behind blank lines and a mark"),
        pytest.param("<HTML>\n<pre>\n#EXTINF:-1,A\nhttp://e.com/a", What.HTML, id="HTML about lists"),
        pytest.param("<!-- x -->\n<html>", What.HTML, id="HTML behind a comment"),
        pytest.param('<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">', What.HTML, id="XHTML"),
        pytest.param('<?xml version="1.0"?>\n<tv></tv>', What.XML, id="XML"),
        pytest.param("<playlist/>", What.XML, id="XML without a declaration"),
        pytest.param('{"user_info":{"auth":0}}', What.JSON, id="JSON object"),
        pytest.param('{\n "a": 1}', What.JSON, id="JSON in lines"),
        pytest.param("[]", What.JSON, id="empty JSON list"),
        pytest.param(' [{"name": "http://e.com"}]', What.JSON, id="JSON list"),
        pytest.param("null", What.JSON, id="JSON null"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), What.BINARY, id="image"),
        pytest.param(b"%PDF-1.4\n%text", What.BINARY, id="PDF"),
        pytest.param(b"PK\x03\x04" + bytes(100), What.BINARY, id="archive"),
        pytest.param(b"\x1f\x8b\x08" + bytes(range(256)) * 9, What.BINARY, id="gzip"),
        pytest.param((b"G\x40\x11\x10\0" + b"\xff" * 183) * 99, What.BINARY, id="MPEG-TS"),
        pytest.param("", What.EMPTY, id="nothing"),
        pytest.param("\ufeff\r\n \n\t\0\n", What.EMPTY, id="nothing but spaces"),
        pytest.param("\n" * 10_000, What.EMPTY, id="many empty lines"),
        pytest.param(
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXTINF:6.006,\nhttp://e.com/1.ts\n#EXT-X-ENDLIST",
            What.HLS,
            id="HLS of one quality",
        ),
        pytest.param(
            '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1"\nhttp://e.com/1.m3u8', What.HLS, id="HLS of several"
        ),
        pytest.param("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:0.5,\n1.ts", What.HLS, id="HLS of short segments"),
        pytest.param("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:0", What.HLS, id="HLS without segments"),
    ],
)
def test_what_is_no_list_is_told(text: str | bytes, what: What) -> None:
    assert what_of(text) == what


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("#EXTM3U\n#EXT-X-STREAM-INF:1\n#EXTINF:-1,A\nhttp://e.com/1.m3u8", id="a tag of HLS"),
        pytest.param('#EXT-X-TARGETDURATION:6\n#EXTINF:5 tvg-id="1",A\nhttp://e.com/1', id="with attributes"),
        pytest.param("#EXT-X-TARGETDURATION:6\n#EXTINF:0,A\nhttp://e.com/1", id="with duration 0"),
        pytest.param("#EXTM3U\n#EXTINF:5,A\nhttp://e.com/1", id="durations alone"),
        pytest.param("<br />\n<b>Warning</b>: x\n#EXTM3U\n#EXTINF:-1,A\nhttp://e.com/1", id="a warning before it"),
        pytest.param("{comment}\n#EXTINF:-1,A\nhttp://e.com/1", id="a bracket before it"),
        pytest.param("#EXTINF:-1,[A]\nhttp://e.com/1", id="a bracket in it"),
        pytest.param("[playlist]\nhttp://e.com/1", id="a heading"),
        pytest.param("\n" * 10_000 + "#EXTM3U\n#EXTINF:-1,A\nhttp://e.com/1", id="many empty lines before it"),
    ],
)
def test_odd_lists_are_lists(text: str) -> None:
    assert next(found for found in found_in(text) if isinstance(found, ListEntry)).url[:14] == "http://e.com/1"


def test_a_header_alone_is_a_list_of_no_channels() -> None:
    assert found_in("#EXTM3U\n") == []


# Whatever comes

pieces = st.sampled_from(
    [
        *(
            "#EXTM3U",
            "#EXTINF:-1",
            "#EXTINF",
            " tvg-id=",
            '"',
            "'",
            ",",
            "=",
            " ",
            "a",
            "Ж",
            "📺",
            "\n",
            "\n",
            "\r",
            "\r\n",
        ),
        *(URL, "|", "a=b&", "#EXTGRP:", "#EXTVLCOPT:a=1", "http://", "[", "]", ":99999", "@", "<", "{", "\0", "\x85"),
        *("\ufeff", "\u2028", "#EXT-X-TARGETDURATION:6", "%00", "?"),
    ]
)
list_like = st.lists(pieces | st.characters(codec="utf-8"), max_size=40).map("".join)
alphabets = st.sampled_from(["utf-8", "utf-16", "utf-16-be", "cp1251", "cp1252"])
list_bytes = st.binary(max_size=300) | st.builds(lambda text, name: text.encode(name, "replace"), list_like, alphabets)


def outcome(file: io.BytesIO) -> list[ListEntry | Reject] | What:
    try:
        return list(read(lines_of(file)))
    except NotAList as not_a_list:
        return not_a_list.what


@given(list_bytes)
def test_no_bytes_break_it_and_what_comes_out_is_clean(content: bytes) -> None:
    for found in outcome(io.BytesIO(content)):
        if isinstance(found, ListEntry):
            urlsplit(found.url).port  # noqa: B018
            assert urlsplit(found.url).scheme in SCHEMES
            assert urlsplit(found.url).hostname
            texts = (found.title, found.url, *found.attributes, *found.attributes.values())
            assert all(text == text.strip() and not CONTROL.search(text) for text in texts)
        elif isinstance(found, Reject):
            assert len(found.text) <= 200
            assert not CONTROL.search(found.text)


@given(st.lists(pieces | st.characters(), max_size=40).map("".join))
def test_no_lines_break_it_even_with_halves_of_letters(text: str) -> None:
    try:
        found = list(read(text.split("\n")))
    except NotAList:
        return
    assert not CONTROL.search("".join(str(one) for one in found).replace("\\x", ""))


@given(list_bytes, st.integers(1, 50))
def test_how_the_file_is_cut_into_chunks_makes_no_difference(content: bytes, most: int) -> None:
    assert outcome(ShortReads(content, most)) == outcome(io.BytesIO(content))


@pytest.mark.parametrize("most", [1_000, 65_536, 262_143, 262_144, 1_000_003])
@pytest.mark.parametrize("broken", [b"", b"\xff"], ids=["UTF-8", "not UTF-8"])
def test_how_long_lines_are_cut_into_chunks_makes_no_difference(most: int, broken: bytes) -> None:
    line = "📺ы".encode() * (LINE_LETTERS // 2 + 5)
    content = b"#EXTM3U\n" + line + line + broken + b"\r\n" + b"a" + line + b"\n" + URL.encode()

    found = outcome(ShortReads(content, most))
    assert [one[:2] for one in found if isinstance(one, Reject)] == [(2, Fault.LINE_TOO_LONG), (3, Fault.LINE_TOO_LONG)]
    assert found == outcome(io.BytesIO(content))


kinds = st.sampled_from(["channel", "no url", "bad url", "text", "blank", "comment"])


@given(st.lists(kinds, max_size=30), st.sampled_from(["\n", "\r\n", "\r"]))
def test_entries_and_rejects_have_the_number_of_their_line(parts: list[str], end: str) -> None:
    lines, expected = ["#EXTM3U"], []
    for part in parts:
        number = len(lines) + 1
        match part:
            case "channel":
                lines += ["#EXTINF:-1,A", "", URL]
                expected.append(number)
            case "no url":
                lines += ["#EXTINF:-1,A", "#EXTINF:-1,B", URL]
                expected += [number, number + 1]
            case "bad url":
                lines += ["#EXTINF:-1,A", "file:///x"]
                expected.append(number + 1)
            case "text":
                lines.append("text")
                expected.append(number)
            case _:
                lines.append("#" if part == "comment" else "")

    assert [found.line for found in found_in(end.join(lines))] == expected


texts = st.text(st.sampled_from("aЖ1é\"'=,;| \n\r\x00\ufeff\u2028\x85📺") | st.characters(), max_size=20)
urls = texts.map(lambda text: f"http://e.com/{text}")
written = st.builds(
    Entry,
    number=st.just(7),
    title=texts,
    url=urls,
    tvg_name=texts,
    tvg_id=texts,
    group_title=texts,
    tvg_logo=st.none() | urls,
    catchup_days=st.none() | st.just(3),
)


@given(st.lists(written, max_size=5))
def test_what_is_written_is_read_back(entries: list[Entry]) -> None:
    text = b"".join(write(entries))
    found = found_in(text)
    lines = text.decode().split("\n")

    assert [one.url for one in found if isinstance(one, ListEntry)] == lines[2::2]
    assert len(found) == len(entries)
    for one, line in zip(found, lines[1::2], strict=False):
        assert isinstance(one, ListEntry)
        attributes = "".join(f' {name}="{value}"' for name, value in one.attributes.items())
        assert f"#EXTINF:-1{attributes},{one.title}" == line


# Size


class Endless(io.RawIOBase):
    """A list of so many bytes, which is nowhere as a whole."""

    def __init__(self, part: bytes, parts: int) -> None:
        super().__init__()
        self.part, self.parts = part, parts

    def read(self, size: int = -1) -> bytes:
        self.parts -= 1
        return self.part if self.parts >= 0 else b""


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(f'#EXTINF:-1 tvg-id="1" tvg-name="Ж",Ж\n{URL}\n'.encode() * 4_000, id="channels"),
        pytest.param(b"x" * 262_144, id="a line without an end"),
        pytest.param(b"\xff" * 262_144, id="a line of no letters without an end"),
        pytest.param(b"\n" * 50_000, id="empty lines"),
        pytest.param(b"".join(b"#EXTVLCOPT:a%d=%s\n" % (n, b"x" * 99) for n in range(2_500)), id="options"),
    ],
)
def test_memory_does_not_grow_with_the_list(part: bytes) -> None:
    file: Any = Endless(part, 20)
    tracemalloc.start()
    try:
        with suppress(NotAList):
            for _ in read(lines_of(file)):
                pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 12_000_000


@pytest.mark.parametrize(
    "unit",
    [
        'a="',
        "a='",
        'a="x"b',
        'a="x" ',
        "a=",
        "a ",
        "'",
        '"',
        " ",
        "\t",
        "=",
        "a",
        ' a="x b',
        "#EXTINF:-1 ",
        '="',
        "a= ",
        "Ж",
    ],
    ids=repr,
)
@pytest.mark.parametrize("beginning", ["#EXTINF", "#EXTINF:-1 ", '#EXTINF:-1 a="', "#EXTINF:-1,", "", "http://e.com/"])
def test_hostile_lines_take_no_more_time_than_their_length(beginning: str, unit: str) -> None:
    line = (beginning + unit * LINE_LETTERS)[: LINE_LETTERS - 1]
    started = time.process_time()
    outcome(io.BytesIO(f"#EXTM3U\n{line}\x01x\n{URL}".encode()))

    assert time.process_time() - started < 1
