"""The XMLTV format: feeds as they are in the wild, and what is written for players."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import xmltv
from channels.xmltv import Broadcast, GuideName, NotXmltv, read
from channels.xmltv_scan import Scan
from channels.xmltv_times import parse_time, written
from channels.xmltv_writing import HEAD, NO_TITLE, TAIL, write_channel, write_programme

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
GOOD = '<programme start="20261125120000 +0000" channel="a"><title>Good</title></programme>'


@pytest.mark.parametrize(
    "text",
    [
        "20261125120000 +0000",
        "20261125120000",
        "20261125120000 Z",
        "20261125120000Z",
        "20261125150000 +0300",
        "20261125150000+0300",
        "20261125150000 +03:00",
        "20261125150000 +3",
        "20261125070000 -0500",
        "20261125070000 EST",
        "20261125150000 MSK",
        "20261125120000 UTC",
        "202611251200",
        "2026112512",
        "2026-11-25T12:00:00Z",
        "2026-11-25T12:00:00.000+00:00",
        "2026-11-25 15:00:00 +0300",
        "  20261125120000 +0000\n",
        "1795608000",
    ],
)
def test_times_are_read_in_all_their_forms(text: str) -> None:
    assert parse_time(text) == NOON


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "20261325120000", "20261125990000", "20261125120000 XYZ", "00000000000000", "2026", "12:00", "-1"],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_time(text) is None


def test_24_hours_are_the_next_day() -> None:
    assert parse_time("20261124240000") == parse_time("20261125000000")


@given(st.integers(86_400 * 400, 2**32))
def test_a_time_that_was_written_is_read_as_it_was(seconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)

    assert re.fullmatch(r"\d{14} \+0000", written(moment))
    assert parse_time(written(moment)) == moment


def events(content: bytes | str) -> list[GuideName | Broadcast]:
    return list(read(io.BytesIO(content.encode() if isinstance(content, str) else content)))


def title_of(content: bytes | str) -> list[str]:
    return [event.titles[0][1] for event in events(content) if isinstance(event, Broadcast) and event.titles]


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Tom & Jerry", "Tom Jerry"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("A &nbsp; B", "A B"),
        ("A\x00\x01\x1b B", "A B"),
        ("<![CDATA[A <B> & C]]>", "A <B> & C"),
        ("A<b>B</b>C", "ABC"),
        ("A\n\t B", "A B"),
        ("A &eacute; &unknown; B", "A é B"),
        ("&#65;&#x42;", "AB"),
    ],
)
def test_slips_in_the_xml_are_passed_over_and_the_rest_is_read(title: str, shown: str) -> None:
    bad = f'<programme start="20261125130000" channel="a"><title>{title}</title></programme>'

    found = title_of(f"<tv>{GOOD}{bad}{GOOD * 20}</tv>")

    assert found[0] == "Good"
    assert found[-1] == "Good"
    assert found[1] == shown


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_letters_that_come_as_two_halves_by_number_are_put_together_and_lone_halves_left_out(encoding: str) -> None:
    bad = (
        f'<channel id="a"><display-name>&#xD83D;&#xDE00; TV</display-name></channel>'
        f'<programme start="{written(NOON)}" channel="a"><title lang="&#55357;">Fun &#55357;&#56832; &#xD83D;!</title>'
        "<desc>Tom, &#55357;<b>Jerry</b></desc></programme>"
    )

    found = events(f'<?xml version="1.0" encoding="{encoding}"?><tv>{bad}{GOOD}</tv>'.encode(encoding))

    assert found[0] == GuideName("a", ("\U0001f600 TV",))
    assert found[1] == Broadcast("a", NOON, None, (("", "Fun \U0001f600 !"),), (), (("", "Tom, Jerry"),))
    assert len(found) == 3


@given(st.integers(0, 0x120000))
def test_no_number_of_a_letter_keeps_the_rest_from_being_read(number: int) -> None:
    assert title_of(f"<tv>{GOOD}{GOOD.replace('Good', f'A&#{number};')}{GOOD}</tv>")[-1] == "Good"


def test_a_language_that_is_longer_in_lower_case_is_cut_after_that() -> None:
    content = f'<tv><programme start="{written(NOON)}" channel="a"><title lang="{"İ" * 30}">A</title></programme></tv>'
    (event,) = events(content)

    assert isinstance(event, Broadcast)
    assert len(event.titles[0][0]) == 20


@pytest.mark.parametrize("size", [10, 1_000, 40_000])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_programmes_in_comments_and_cdata_are_none_and_what_is_behind_the_end_is_no_damage(
    size: int, encoding: str
) -> None:
    much = GOOD * (size // len(GOOD) + 1)
    cdata = GOOD.replace("Good", f"<![CDATA[{'<programme ' * (size // 20)}Good]]>")
    content = f'<?xml version="1.0" encoding="{encoding}"?><!-- {much} --><tv>{GOOD}<!--{much}-->{cdata}{GOOD}</tv>'

    for behind in ("", f"<!-- {'x' * size} -->", " " * size, f"\n<!-- a -->\n<!--{'-' * size}-->\n"):
        found = title_of((content + behind).encode(encoding))
        assert len(found) == 3


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 64, 1_000])
def test_markup_is_told_apart_at_the_borders_of_chunks_too(chunk: int) -> None:
    content = b"<tv><programme/><!-- <programme --><programme/><![CDATA[<programme]]><programme/></tv> <!-- </x> --> "
    scan = Scan()
    for start in range(0, len(content), chunk):
        scan.take(content[start : start + chunk])

    assert (scan.programmes, scan.is_inside) == (3, False)
    assert scan.ending.endswith(b"</tv>")


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1251", "koi8-r", "utf-16", "utf-8"])
def test_the_encoding_that_a_feed_declares_counts(encoding: str) -> None:
    name = "Zürich" if encoding == "iso-8859-1" else "Первый"
    shown = f'<channel id="a"><display-name>{name}</display-name></channel>'
    text = f'<?xml version="1.0" encoding="{encoding}"?><tv>{shown}</tv>'

    assert events(text.encode(encoding)) == [GuideName("a", (name,))]


def test_a_namespace_a_byte_order_mark_a_leading_line_break_and_a_comment_behind_are_no_obstacle() -> None:
    assert title_of(b"\xef\xbb\xbf" + f"<tv>{GOOD}</tv>".encode()) == ["Good"]
    assert title_of(f'\n\n<tv xmlns="urn:x">{GOOD}</tv>\n<!-- made by hand -->\n') == ["Good"]


def test_a_programme_is_read_with_all_that_players_show() -> None:
    content = """<tv><programme start="20261125120000 +0000" stop="20261125130000 +0000" channel="a">
        <title lang="RU">Т</title><title lang="en">T</title><sub-title>S</sub-title><desc>D</desc><date>2020</date>
        <category>Film</category><icon src="http://x.example/1.png"/><episode-num system="onscreen">S1E2</episode-num>
        </programme></tv>"""

    assert events(content) == [
        Broadcast(
            "a",
            NOON,
            NOON + timedelta(hours=1),
            (("ru", "Т"), ("en", "T")),
            (("", "S"),),
            (("", "D"),),
            "2020",
            (("", "Film"),),
            "http://x.example/1.png",
            (("onscreen", "S1E2"),),
        )
    ]


def test_an_icon_that_is_no_address_is_left_out() -> None:
    content = f'<tv><programme start="{written(NOON)}" channel="a"><icon src="javascript:x"/></programme></tv>'

    assert events(content) == [Broadcast("a", NOON, None, ())]


BROKEN = {
    "no end": (f"<tv>{GOOD * 50}", "cut_off"),
    "an end inside a tag": (f"<tv>{GOOD * 50}<programme start=", "cut_off"),
    "two ends": (f"<tv>{GOOD * 50}</tv>{GOOD * 50}</tv>", "damaged"),
    "an open comment": (f"<tv>{GOOD * 50}<!-- {GOOD * 50}</tv>", "damaged"),
    "open CDATA": (f"<tv>{GOOD * 50}<![CDATA[ {GOOD * 50}</tv>", "damaged"),
    "a web page": ("<html><head></head></html>", "html"),
    "a news feed": ("<rss/>", "not_xmltv"),
    "JSON": ("{}", "not_xml"),
    "nothing": ("", "not_xml"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_libxml2_recovers_in_silence_so_what_is_missing_is_looked_for(name: str) -> None:
    content, reason = BROKEN[name]

    with pytest.raises(NotXmltv) as refused:
        events(content)

    assert refused.value.reason == reason


def test_an_external_entity_is_not_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("x") / "secret"
    file.write_text("s3cret")
    content = f'<!DOCTYPE tv [<!ENTITY x SYSTEM "file://{file}">]><tv>{GOOD.replace("Good", "A&x;B")}</tv>'

    assert "s3cret" not in "".join(title_of(content))


def test_an_element_without_an_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xmltv, "MOST_BYTES_OF_ELEMENT", 100_000)

    with pytest.raises(NotXmltv) as refused:
        events(f"<tv>{GOOD}<programme>{'<title>x</title>' * 100_000}</programme></tv>")
    assert refused.value.reason == "element_too_large"


anything = st.text(max_size=60)
names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)


def _clean(text: str) -> str:
    return xmltv.clean(text)


@given(st.lists(names, max_size=3), anything)
def test_a_channel_that_was_written_is_read_as_it_was(shown: list[str], icon: str) -> None:
    content = HEAD + write_channel("one.example", shown, icon) + TAIL

    cleaned = tuple(dict.fromkeys(_clean(name) for name in shown if _clean(name))) or ("one.example",)
    assert events(content) == [GuideName("one.example", cleaned)]


@given(anything, anything, anything)
def test_a_programme_that_was_written_is_read_as_it_was(title: str, description: str, category: str) -> None:
    title, description, category = map(_clean, (title, description, category))
    broadcast = Broadcast(
        "x",
        None,
        None,
        titles=(("ru", title),) if title else (),
        descriptions=(("", description),) if description else (),
        categories=(("", category),) if category else (),
    )

    content = HEAD + write_programme("one", NOON, NOON + timedelta(minutes=5), broadcast) + TAIL

    assert content.startswith(b"<?xml")
    read_back = broadcast._replace(channel="one", start=NOON, stop=NOON + timedelta(minutes=5))
    assert events(content) == [read_back if title else read_back._replace(titles=(("", NO_TITLE),))]
