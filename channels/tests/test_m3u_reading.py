"""Channels in lists as the world writes them, one quirk in each test."""

from typing import Any

import pytest

from channels.m3u import LINE_LETTERS, SCHEMES, Fault, ListEntry, Reject
from channels.m3u.reading import CONTROL
from channels.tests.m3u_lists import URL, found_in, only, rejects_of, titles_of

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
        pytest.param('#EXTINF:-1 a="x"y b="2",One', "One", {"a": "x", "b": "2"}, id="a letter behind the quote"),
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
        pytest.param(f"#EXTINF:-1,A\n#KODIPROP: =1\n{URL}|=1&\x01=1", {}, id="options without a name"),
        pytest.param(f'#EXTINF:-1 a="1",A\n#KODIPROP:a=2\n{URL}|A=3', {"a": "1"}, id="the channel has it itself"),
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
        pytest.param(f"#EXTINF:-1,@\nfile:///x\n#EXTINF:-1,B\n{URL}", [1], ["B"], id="a title, and what is no URL"),
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
