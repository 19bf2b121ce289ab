"""Feeds that do not replace the guide: broken, hostile, or without most of what is ours."""

import pytest
from pytest_django.fixtures import Settings

from channels.guide_import import GuideRefused
from channels.guide_mapping import has_gaps
from channels.models import Channel
from channels.tests.factories import make_channel
from channels.tests.feeds import (
    PACKINGS,
    channel,
    day_of,
    feed,
    imported,
    make_guide_source,
    programme,
    shown,
    titles,
)

pytestmark = pytest.mark.django_db


REFUSED = {
    "nothing": (b"", "not XML"),
    "a web page": (b"<!DOCTYPE html><html><body>Log in</body></html>", "web page"),
    "other XML": (b"<rss><channel>1</channel></rss>", "not a guide"),
    "text": (b"404 not found", "not XML"),
    "no programmes": (b"<tv></tv>", "no programmes"),
    "cut off": (day_of("one")[:-500], "cut off"),
    "damage in the middle": (day_of("one").replace(b'start="20261125010000', b"start=<", 1), "damaged"),
    "old": (feed(programme("one", -2000, -1999)), "old"),
    "times that are none": (feed(programme("one", "tomorrow", "later")), "old"),
    "a cut archive": (PACKINGS["gzip"](day_of("one"))[:-30], "cannot be unpacked"),
    "an archive that is none": (b"PK\x03\x04nonsense", "cannot be unpacked"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_feed_keeps_the_old_guide_and_says_what_is_wrong(name: str) -> None:
    content, reason = REFUSED[name]
    ours = make_channel(tvg_id="one")
    source = make_guide_source()
    imported(source, day_of("one", title="old"))

    with pytest.raises(GuideRefused, match=reason):
        imported(source, content)

    assert titles(ours) == ["old"] * 24


def test_a_bomb_of_entities_is_not_expanded_and_refused() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE tv [<!ENTITY e0 "lol">{entities}]><tv>{programme("one", 1, 2, "&e11;")}</tv>'

    with pytest.raises(GuideRefused):
        imported(make_guide_source(), bomb.encode())


def test_a_file_of_few_kilobytes_that_unpacks_to_gigabytes_is_refused(settings: Settings) -> None:
    settings.EPG_MAX_MEGABYTES = 1
    content = feed(*(channel(str(number)) for number in range(100_000)), programme("one", 1, 2))

    with pytest.raises(GuideRefused, match="EPG_MAX_MEGABYTES"):
        imported(make_guide_source(), PACKINGS["gzip"](content))


def test_a_feed_without_most_of_our_channels_is_refused_unless_forced() -> None:
    for number in range(10):
        make_channel(tvg_id=f"c{number}")
    source = make_guide_source()
    imported(source, day_of(*(f"c{number}" for number in range(10))))

    with pytest.raises(GuideRefused, match="9 of the 10"):
        imported(source, day_of("c0"))
    assert imported(source, day_of("c0"), forced=True).channels_ours == 1


def test_a_feed_that_names_none_of_our_channels_does_not_empty_the_guide() -> None:
    ours = make_channel(tvg_id="one")
    source = make_guide_source()
    imported(source, day_of("one"))

    with pytest.raises(GuideRefused):
        imported(source, day_of("two"))
    assert len(shown(ours)) == 24


def test_a_channel_that_is_no_longer_mapped_is_no_loss() -> None:
    ours = make_channel(tvg_id="one")
    source = make_guide_source()
    imported(source, day_of("one"))
    Channel.objects.filter(pk=ours.pk).update(tvg_id="two")

    imported(source, day_of("two"))

    assert len(shown(ours)) == 24


def test_a_new_mapping_leaves_a_gap_until_the_feed_is_imported_again() -> None:
    source = make_guide_source()
    imported(source, day_of("one"))
    assert not has_gaps(source)
    make_channel(tvg_id="other")
    assert not has_gaps(source)

    make_channel(tvg_id="ONE")
    assert has_gaps(source)

    imported(source, day_of("one"))
    assert not has_gaps(source)
