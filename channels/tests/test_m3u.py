"""The playlists that are written."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.m3u import CHUNK_BYTES, KODI_ATTRIBUTES, Entry, clean_text, clean_url, write

ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')


def entry(**fields: Any) -> Entry:
    return Entry(**{"number": 7, "title": "First", "url": "http://tv.example.com/first/video.m3u8?token=T", **fields})


def written(*entries: Entry, **header: Any) -> str:
    return b"".join(write(entries, **header)).decode()


def extinf(**fields: Any) -> str:
    return written(entry(**fields)).split("\n")[1]


def attributes(**fields: Any) -> dict[str, str]:
    return dict(ATTRIBUTE.findall(extinf(**fields).rpartition(",")[0]))


def test_an_entry_looks_like_the_specified_one_with_the_catch_up_attributes_at_its_end() -> None:
    text = written(
        Entry(
            number=1,
            title="ОТР",
            url="http://stream.example.com:8085/OTR/video.m3u8?token=QeHUZDtsuc56bX69kLWk9Q",
            tvg_name="ОТР",
            tvg_id="otr",
            catchup_days=14,
            group_title="Информационные",
            tvg_logo="https://tv.example.com/logos/1.png?v=0a1b",
        )
    )

    assert text == (
        "#EXTM3U\n"
        '#EXTINF:-1 tvg-name="ОТР" tvg-id="otr" catchup-days="14" group-title="Информационные"'
        ' tvg-logo="https://tv.example.com/logos/1.png?v=0a1b"'
        ' catchup="flussonic" catchup-type="flussonic" timeshift="14" tvg-rec="14",ОТР\n'
        "http://stream.example.com:8085/OTR/video.m3u8?token=QeHUZDtsuc56bX69kLWk9Q\n"
    )


@pytest.mark.parametrize("empty", [None, "", " ", ",", "\n"], ids=repr)
def test_attributes_without_a_value_are_left_out(empty: str | None) -> None:
    assert extinf(tvg_name=empty, tvg_id=empty, group_title=empty) == "#EXTINF:-1,First"


@pytest.mark.parametrize("days", [None, 0])
def test_without_an_archive_there_is_no_catch_up_attribute(days: int | None) -> None:
    assert extinf(catchup_days=days) == "#EXTINF:-1,First"


def test_a_logo_that_is_empty_is_left_out() -> None:
    assert extinf(tvg_logo="") == "#EXTINF:-1,First"


@pytest.mark.parametrize("title", ["", " ", '"', ",,", "\x00"], ids=repr)
def test_a_title_that_shows_nothing_becomes_the_number_of_the_channel(title: str) -> None:
    expected = "'" if title == '"' else "Channel 7"
    assert extinf(title=title) == f"#EXTINF:-1,{expected}"


def test_no_entries_make_a_valid_playlist() -> None:
    assert written() == "#EXTM3U\n"


def test_the_header_names_the_guide_twice_for_players_of_both_kinds() -> None:
    assert written(guide_url="https://tv.example.com/a,b.xml.gz") == (
        '#EXTM3U x-tvg-url="https://tv.example.com/a%2Cb.xml.gz" url-tvg="https://tv.example.com/a%2Cb.xml.gz"\n'
    )


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        pytest.param("News 24 HD", "News 24 HD", id="plain"),
        pytest.param("Первый канал", "Первый канал", id="Cyrillic"),
        pytest.param("قناة العربية", "قناة العربية", id="right to left"),
        pytest.param("\u200fقناة", "\u200fقناة", id="mark of direction"),
        pytest.param("⚽ Футбол 🇷🇺 👨‍👩‍👧", "⚽ Футбол 🇷🇺 👨‍👩‍👧", id="emoji"),
        pytest.param('The "Best" TV', "The 'Best' TV", id="quotes"),
        pytest.param("News, World,HD", "News World HD", id="commas"),
        pytest.param("One\r\nTwo\nThree", "One Two Three", id="line breaks"),
        pytest.param("a\x00b\x1bc\x7fd\x85e\x9ff", "a b c d e f", id="control characters"),
        pytest.param("a\u2028b\u2029c", "a b c", id="Unicode line breaks"),
        pytest.param("  a  b\tc\u00a0d\u3000e ", "a b c d e", id="spaces"),
        pytest.param("\ufeffa", "a", id="byte order mark"),
        pytest.param("Cafe\u0301 и\u0306", "Café й", id="decomposed"),
        pytest.param("Motor media=hd", "Motor media hd", id="Kodi's recording"),
        pytest.param("x tvg-id=9", "x tvg-id 9", id="an attribute"),
        pytest.param("lang=", "lang", id="an attribute at the end"),
        pytest.param("2 = 1+1=2", "2 = 1+1=2", id="sums"),
        pytest.param("Я=Ты", "Я=Ты", id="no attribute has Cyrillic letters"),
        pytest.param("a\ud800b", "a b", id="half a character"),
        pytest.param("я" * 255, "я" * 255, id="255 characters"),
    ],
)
def test_texts_are_cleaned(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


def test_a_semicolon_does_not_split_a_group() -> None:
    assert attributes(group_title="News; Sport;\u037eKids")["group-title"] == "News Sport Kids"


def test_a_semicolon_stays_in_a_title() -> None:
    assert extinf(title="News; Sport") == "#EXTINF:-1,News; Sport"


@pytest.mark.parametrize(
    ("url", "cleaned"),
    [
        pytest.param("https://e.com/a/b.png?v=1&w=2#c", "https://e.com/a/b.png?v=1&w=2#c", id="plain"),
        pytest.param("https://e.com/a%20b.png", "https://e.com/a%20b.png", id="encoded already"),
        pytest.param('https://e.com/a, "b".png', "https://e.com/a%2C%20%22b%22.png", id="comma, space, quote"),
        pytest.param("https://e.com/лого.png", "https://e.com/%D0%BB%D0%BE%D0%B3%D0%BE.png", id="not ASCII"),
        pytest.param("https://e.com/a\nb|c", "https://e.com/a%0Ab%7Cc", id="line break, pipe"),
        pytest.param("https://e.com/?media=1", "https://e.com/?medi%61=1", id="Kodi's recording"),
        pytest.param("https://e.com/?socialmedia=1", "https://e.com/?socialmedi%61=1", id="the end of a longer name"),
        pytest.param("https://e.com/?a=1&timeshift=3", "https://e.com/?a=1&timeshif%74=3", id="Kodi's archive"),
        pytest.param("https://e.com/?width=1&height=2", "https://e.com/?width=1&height=2", id="other long names"),
        pytest.param("data:image/png;base64,iVBO/+w==", "data:image/png;base64,iVBO/+w==", id="image"),
        pytest.param("data:image/png;base64,a,b", "data:image/png;base64,a%2Cb", id="second comma of an image"),
    ],
)
def test_urls_are_encoded_where_they_could_break_a_line(url: str, cleaned: str) -> None:
    assert clean_url(url) == cleaned
    assert attributes(tvg_logo=url) == {"tvg-logo": cleaned}


def test_a_line_break_in_the_address_of_a_stream_makes_no_line() -> None:
    assert written(entry(url="http://e.com/a\nb, c")).split("\n")[2:] == ["http://e.com/a%0Ab%2C%20c", ""]


def test_chunks_are_about_64_kilobytes_whatever_the_alphabet() -> None:
    chunks = list(write(entry(title="Я" * 100) for _ in range(2_000)))

    assert all(CHUNK_BYTES <= len(chunk) < CHUNK_BYTES + 1_000 for chunk in chunks[:-1])
    assert len(chunks) > 5


LINE_BREAKS = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
broken_up = st.sampled_from(['"', ",", ";", " ", "  ", "\n", "\r", "\u2028", "\u0338", "\u037e", "|"])
like_an_entry = st.sampled_from(["=", 'a="', "media=", "catchup=", "#EXTINF:-1,"])
texts = st.lists(broken_up | like_an_entry | st.characters(), max_size=12).map("".join)
entries = st.builds(
    entry, title=texts, tvg_name=texts, tvg_id=texts, group_title=texts, tvg_logo=texts, catchup_days=st.just(3)
)


@given(st.lists(entries, max_size=5))
def test_whatever_the_texts_an_entry_is_two_lines(several: list[Entry]) -> None:
    header, *lines, end = LINE_BREAKS.split(written(*several))

    assert (header, end) == ("#EXTM3U", "")
    assert [line[:11] for line in lines[::2]] == ["#EXTINF:-1 "] * len(several)
    assert lines[1::2] == [one.url for one in several]


@given(entries)
def test_whatever_the_texts_the_attributes_are_those_that_have_a_value(one: Entry) -> None:
    attributes, title = written(one).split("\n")[1].removeprefix("#EXTINF:-1").rsplit(",", 1)
    found = dict(ATTRIBUTE.findall(attributes))

    assert title
    assert "".join(f' {name}="{value}"' for name, value in found.items()) == attributes
    assert list(found) == [
        *(["tvg-name"] if clean_text(one.tvg_name or "") else []),
        *(["tvg-id"] if clean_text(one.tvg_id or "") else []),
        "catchup-days",
        *(["group-title"] if clean_text(one.group_title or "").strip("; ") else []),
        *(["tvg-logo"] if one.tvg_logo else []),
        *("catchup", "catchup-type", "timeshift", "tvg-rec"),
    ]


@given(entries)
def test_whatever_the_texts_kodi_finds_no_attribute_in_them(one: Entry) -> None:
    line = re.sub(ATTRIBUTE, r" \2", written(one).split("\n")[1])

    assert [name for name in KODI_ATTRIBUTES if f"{name}=" in line] == []


@given(texts)
def test_what_is_clean_stays_as_it_is(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


def test_the_archive_of_mpeg_ts_is_found_as_flussonic_ts() -> None:
    text = b"".join(
        write([Entry(1, "One", "http://e.com/one/mpegts", catchup_days=3)], catchup="flussonic-ts")
    ).decode()

    assert 'catchup="flussonic-ts" catchup-type="flussonic-ts" timeshift="3" tvg-rec="3",One' in text
