"""The bytes of lists: what ends a line, and in which alphabets they come."""

import codecs
import io

import pytest

from channels.m3u import lines_of, read
from channels.m3u.reading import CONTROL
from channels.tests.m3u_lists import URL, ShortReads, found_in, only, titles_of


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


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("most", range(1, 10))
def test_lines_are_the_same_wherever_the_file_is_cut_into_chunks(encoding: str, most: int) -> None:
    content = "#EXTM3U\r\n\r\nЖ\ufeff\r📺\n\n\ufeff".encode(encoding)

    assert list(lines_of(ShortReads(content, most))) == ["#EXTM3U", "", "Ж\ufeff", "📺", "", "\ufeff"]


def test_the_byte_order_mark_is_not_in_the_first_line() -> None:
    assert list(lines_of(io.BytesIO(codecs.BOM_UTF16_BE + "a".encode("utf-16-be")))) == ["a"]


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
        ("MTVРоссия", "cp1251"),
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
