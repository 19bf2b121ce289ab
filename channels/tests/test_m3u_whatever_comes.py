"""What must hold of lists whatever they are, and however large."""

import io
import time
import tracemalloc
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.m3u import LINE_LETTERS, SCHEMES, Entry, Fault, ListEntry, NotAList, Reject, lines_of, read, write
from channels.m3u.reading import CONTROL
from channels.tests.m3u_lists import URL, ShortReads, found_in, outcome

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


def check(found: ListEntry | Reject) -> None:
    if isinstance(found, Reject):
        texts = [found.text]
        assert len(found.text) <= 200
    else:
        texts = [found.title, found.url, *found.attributes, *found.attributes.values()]
        assert urlsplit(found.url).scheme in SCHEMES
        assert urlsplit(found.url).hostname
        assert urlsplit(found.url).port != 0
    assert [text for text in texts if text != text.strip() or CONTROL.search(text)] == []


@given(list_bytes)
def test_no_bytes_break_it_and_what_comes_out_is_clean(content: bytes) -> None:
    for found in outcome(io.BytesIO(content)):
        if not isinstance(found, str):
            check(found)


@given(st.lists(pieces | st.characters(), max_size=40).map("".join))
def test_no_lines_break_it_even_with_halves_of_letters(text: str) -> None:
    with suppress(NotAList):
        for found in read(text.split("\n")):
            check(found)


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
        pytest.param(b"x" * 262_144 + b"\n" + b"y" * 800_000 + b"\n", id="long lines"),
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
        'a= "b"x ',
        "a= 'b'x ",
        """a= "b"x a= 'b'x """,
        """a =\t'b"x\u2003a= "b'x """,
        "Ж",
    ],
    ids=repr,
)
@pytest.mark.parametrize("beginning", ["#EXTINF", "#EXTINF:-1 ", '#EXTINF:-1 a="', "#EXTINF:-1,", "", "http://e.com/"])
def test_hostile_lines_take_no_more_time_than_their_length(beginning: str, unit: str) -> None:
    line = (beginning + unit * LINE_LETTERS)[: LINE_LETTERS - 2]
    started = time.process_time()
    outcome(io.BytesIO(f"#EXTM3U\n{line}\x01x\n{URL}".encode()))

    assert time.process_time() - started < 1
