"""Suggestions of which channel of the guide is which of ours."""

import pytest

from channels.guide_matching import Matcher, Ours, plain_name, suggestions
from channels.models import GuideChannel
from channels.tests.factories import make_channel, make_channels
from channels.tests.feeds import day_of, imported, make_guide_source


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Первый канал HD", "первыйканал"),
        ("RU: Первый Канал FHD", "первыйканал"),
        ("[UK] BBC One 4K", "bbcone"),
        ("UK| BBC One UHD HEVC", "bbcone"),
        ("Первый канал (+2)", "первыйканал+2"),
        ("Первый канал HD +4", "первыйканал+4"),
        ("Мульт Ёлка", "мультелка"),
        ("HD", "hd"),
        ("HDL", "hdl"),
        ("Матч! ТВ 1080p", "матчтв"),
        ("Canal+", "canal"),
        ("", ""),
    ],
)
def test_names_are_compared_without_what_tells_no_channel_apart(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def matched(*names: str, tvg_id: str = "", guide: list[tuple[str, list[str]]]) -> tuple[list[str], str, bool] | None:
    found = Matcher(guide).suggest(Ours(1, tvg_id, names))
    return found and ([candidate.xmltv_id for candidate in found.candidates], found.reason, found.sure)


def test_an_id_that_differs_in_punctuation_alone_goes_before_names() -> None:
    guide = [("first.ru", ["Other"]), ("second", ["First"])]

    assert matched("First", tvg_id="First RU", guide=guide) == (["first.ru"], "id", True)


def test_one_candidate_by_name_is_sure_and_several_are_not() -> None:
    guide = [("a", ["First HD"]), ("b", ["FIRST"]), ("c", ["Second"])]

    assert matched("Second FHD", guide=guide) == (["c"], "name", True)
    assert matched("First", guide=guide) == (["a", "b"], "name", False)
    assert matched("Third", guide=guide) is None


def test_another_time_zones_edition_is_never_sure() -> None:
    guide = [("a", ["First"]), ("b", ["First +2"])]

    assert matched("First +2", guide=guide) == (["b"], "name", True)
    assert matched("First +4", guide=guide) == (["a", "b"], "similar", False)
    assert matched("First +4", guide=guide[:1]) == (["a"], "similar", False)


def test_the_same_id_in_two_sources_is_one_candidate() -> None:
    assert matched("First", guide=[("first", ["First"]), ("First", ["First"])]) == (["first"], "name", True)


def test_an_id_that_would_not_fit_is_not_suggested() -> None:
    assert matched("First", guide=[("x" * 101, ["First"])]) is None


@pytest.mark.django_db
def test_only_channels_without_programmes_get_suggestions_page_by_page() -> None:
    make_channel(tvg_id="one", display_name="Name of one")
    waiting = make_channel(tvg_id="TWO", display_name="Name of two")
    imported(make_guide_source(), day_of("one", "two", "three"))
    GuideChannel.objects.filter(xmltv_id="three").update(programmes_in_feed=0)
    ours = make_channels(3, display_name="Name of two")

    first = suggestions(after=0, most=2)
    rest = suggestions(after=first[-1].channel.pk, most=2)

    assert [found.channel.pk for found in first + rest] == [channel.pk for channel in ours]
    assert waiting.pk not in [found.channel.pk for found in first]
