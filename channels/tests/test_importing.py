"""Imports of lists: what becomes a channel, what it is known again by, and what staff have changed."""

import re

import pytest
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from channels.importing import ImportRefused, TooMuchGone
from channels.models import Channel, Group, ImportChange, ImportRun, Source
from channels.sources import apply_delivery
from channels.tests.factories import make_channel, make_group
from channels.tests.lists import HOST, entry, imported, list_of, make_list_source, only

pytestmark = pytest.mark.django_db

SPORT = {
    "tvg_id": "sport.tv",
    "tvg_name": "Sport HD",
    "tvg_logo": "http://logo.example.com/s.png",
    "group_title": "Sports",
}


@pytest.fixture
def source() -> Source:
    return make_list_source(name="Town")


def names(source: Source) -> list[str | None]:
    return list(Channel.objects.filter(source=source).order_by("sort_order").values_list("display_name", flat=True))


def test_an_entry_becomes_a_channel_with_what_its_attributes_say(source: Source) -> None:
    imported(source, list_of(entry(1, "Title", **SPORT)))

    channel = only(source)
    assert (channel.display_name, channel.tvg_name, channel.tvg_id) == ("Sport HD", "Sport HD", "sport.tv")
    assert channel.tvg_logo == "http://logo.example.com/s.png"
    assert channel.group is not None
    assert channel.group.name == "Sports"
    assert (channel.source_url, channel.stream_base_url) == (f"{HOST}/live/user/secret/1.ts", "")
    assert re.fullmatch(r"town-[0-9a-f]{16}", channel.stream_name)


def test_without_attributes_the_title_is_the_name(source: Source) -> None:
    imported(source, list_of(entry(1, "News")))

    assert (only(source).display_name, only(source).tvg_name, only(source).tvg_id) == ("News", "News", None)


def test_channels_of_a_plain_text_are_named_by_their_place(source: Source) -> None:
    imported(source, f"{HOST}/a\n{HOST}/b\n".encode())

    assert names(source) == ["Channel 1", "Channel 2"]


def test_new_channels_come_last_in_the_order_of_the_list(source: Source) -> None:
    before = make_channel()
    imported(source, list_of(entry(2, "Two"), entry(1, "One")))
    imported(source, list_of(entry(3, "Three"), entry(2, "Two"), entry(1, "One")))

    assert names(source) == ["Two", "One", "Three"]
    assert min(Channel.objects.filter(source=source).values_list("sort_order", flat=True)) > before.sort_order


def test_groups_that_are_missing_are_made_at_the_end(source: Source) -> None:
    make_group(name="Sports", sort_order=5)
    imported(
        source, list_of(entry(1, group_title="News"), entry(2, group_title="Sports"), entry(3, group_title="News"))
    )

    assert list(Group.objects.values_list("name", flat=True)) == ["Sports", "News"]


def test_a_group_that_staff_have_renamed_is_not_made_again(source: Source) -> None:
    imported(source, list_of(entry(1, **SPORT)))
    Group.objects.update(name="Our sports")
    imported(source, list_of(entry(1, "Another", **SPORT)))

    assert list(Group.objects.values_list("name", flat=True)) == ["Our sports"]


def test_what_staff_have_changed_stays_and_what_they_left_follows(source: Source) -> None:
    imported(source, list_of(entry(1, **SPORT)))
    own = make_group(name="Ours")
    Channel.objects.update(display_name="My sport", group=own)

    imported(
        source,
        list_of(
            entry(1, tvg_id="new.tv", tvg_name="Sport 4K", tvg_logo="http://logo.example.com/n.png", group_title="Ball")
        ),
    )

    channel = only(source)
    assert (channel.display_name, channel.group) == ("My sport", own)
    assert (channel.tvg_id, channel.tvg_logo) == ("new.tv", "http://logo.example.com/n.png")
    assert channel.tvg_name == "Sport 4K"
    assert (channel.listed_name, channel.listed_group) == ("Sport 4K", "Ball")


def test_what_staff_have_taken_away_does_not_come_back(source: Source) -> None:
    imported(source, list_of(entry(1, **SPORT)))
    Channel.objects.update(tvg_id=None, group=None)

    imported(source, list_of(entry(1, **{**SPORT, "tvg_name": "Another"})))

    assert (only(source).tvg_id, only(source).group, only(source).display_name) == (None, None, "Another")


def test_channels_stay_in_a_group_that_staff_have_renamed(source: Source) -> None:
    imported(source, list_of(entry(1, **SPORT)))
    Group.objects.update(name="All the sports")

    imported(source, list_of(entry(1, **{**SPORT, "tvg_name": "Another"})))

    assert str(only(source).group) == "All the sports"
    assert Group.objects.filter(channels__isnull=False).count() == 1


def test_order_and_switch_are_the_operators_alone(source: Source) -> None:
    imported(source, list_of(entry(1)))
    Channel.objects.update(sort_order=77, is_active=False)

    imported(source, list_of(entry(1, "Renamed")))

    assert (only(source).sort_order, only(source).is_active) == (77, False)


def test_an_unchanged_list_writes_nothing(source: Source) -> None:
    content = list_of(*(entry(number, **SPORT) for number in range(30)))
    imported(source, content)
    before = list(Channel.objects.order_by("pk").values_list("pk", "updated_at", "last_seen_at"))

    counts = imported(source, content)

    assert (counts.added, counts.changed, counts.returned, counts.gone) == (0, 0, 0, 0)
    assert list(Channel.objects.order_by("pk").values_list("pk", "updated_at", "last_seen_at")) == before
    assert not ImportChange.objects.exists()


def test_only_rows_that_differ_are_touched(source: Source) -> None:
    imported(source, list_of(entry(1, "One"), entry(2, "Two")))
    two = Channel.objects.get(display_name="Two")

    imported(source, list_of(entry(1, "Uno"), entry(2, "Two")))

    assert Channel.objects.get(pk=two.pk).updated_at == two.updated_at
    assert list(ImportChange.objects.values_list("name", "kind")) == [("One", "changed")]


def test_an_import_takes_the_same_number_of_queries_for_2_entries_and_20(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for amount in (2, 20):
        source = make_list_source()
        content = list_of(*(entry(number, group_title=f"Group {amount} {number}") for number in range(amount)))
        with django_assert_num_queries(24):
            imported(source, content)


def test_what_is_gone_is_orphaned_and_comes_back(source: Source) -> None:
    imported(source, list_of(entry(1), entry(2)))
    counts = imported(source, list_of(entry(1)))
    assert (counts.gone, Channel.objects.get(display_name="Channel 2").sync_status) == (1, "orphaned")

    counts = imported(source, list_of(entry(1), entry(2)))

    assert (counts.returned, counts.added) == (1, 0)
    assert Channel.objects.get(display_name="Channel 2").sync_status == "synced"


def test_a_list_that_lacks_too_much_changes_nothing(source: Source, settings: Settings) -> None:
    settings.FLUSSONIC_MAX_ORPHAN_PERCENT = 20
    imported(source, list_of(*(entry(number) for number in range(20))))
    shorter = list_of(*(entry(number, "Renamed") for number in range(14)))

    with pytest.raises(TooMuchGone, match="6 of the source's 20 channels"):
        imported(source, shorter)
    assert not Channel.objects.filter(display_name="Renamed").exists()

    assert imported(source, shorter, forced=True).gone == 6


def test_a_few_may_always_be_gone(source: Source) -> None:
    imported(source, list_of(*(entry(number) for number in range(6))))

    assert imported(source, list_of(entry(0))).gone == 5


def test_a_list_to_be_restreamed_is_refused_while_there_is_no_flussonic(settings: Settings) -> None:
    settings.FLUSSONIC_URL = settings.FLUSSONIC_STREAM_URL = "http://flussonic.example.com"
    source = make_list_source(delivery="restream")
    imported(source, list_of(entry(1)))
    settings.FLUSSONIC_URL = settings.FLUSSONIC_STREAM_URL = ""

    with pytest.raises(ImportRefused, match="FLUSSONIC_URL"):
        imported(source, list_of(entry(1), entry(2)))
    assert apply_delivery(source) == 0
    assert only(source).stream_base_url == "http://flussonic.example.com"


def test_a_list_without_a_usable_channel_is_refused(source: Source) -> None:
    with pytest.raises(ImportRefused, match="no channel in the list"):
        imported(source, b"#EXTM3U\n#EXTINF:-1,Plugin\nplugin://video/1\n")


def test_a_name_that_another_source_has_is_rejected_and_never_overwritten(source: Source) -> None:
    imported(source, list_of(entry(1), entry(2)))
    taken = Channel.objects.get(display_name="Channel 1")
    Channel.objects.filter(pk=taken.pk).update(source=Source.objects.flussonic(), display_name="Flussonic's")

    counts = imported(source, list_of(entry(1, "Ours"), entry(2)))

    assert (counts.total, counts.changed, counts.added) == (1, 0, 0)
    assert Channel.objects.get(pk=taken.pk).display_name == "Flussonic's"


def test_any_attribute_can_fill_any_field(source: Source) -> None:
    mapping = {"display_name": "title", "tvg_id": "channel-id", "group": "tvg-country"}
    imported(source, list_of(entry(1, "The title", channel_id="c1", tvg_country="France", **SPORT)), mapping=mapping)

    channel = only(source)
    assert (channel.display_name, channel.tvg_id, str(channel.group)) == ("The title", "c1", "France")
    assert channel.tvg_logo is None


@pytest.mark.parametrize(
    ("attributes", "field", "expected"),
    [
        pytest.param({"tvg_name": "x" * 300}, "display_name", "x" * 255, id="a long name is cut"),
        pytest.param({"tvg_id": "x" * 101}, "tvg_id", None, id="a long id would be another's when cut"),
        pytest.param({"tvg_logo": "data:image/png;base64,AAAA"}, "tvg_logo", None, id="a logo is an address"),
        pytest.param({"tvg_logo": "javascript:alert(1)"}, "tvg_logo", None, id="of a picture"),
        pytest.param({"tvg_id": ""}, "tvg_id", None, id="empty ids are none"),
    ],
)
def test_values_that_do_not_fit_never_stop_an_import(
    source: Source, attributes: dict[str, str], field: str, expected: str | None
) -> None:
    imported(source, list_of(entry(1, **attributes)))

    assert getattr(only(source), field) == expected


def test_the_slug_of_a_source_in_another_alphabet_is_still_one() -> None:
    one, two = make_list_source(name="Каналы города"), make_list_source(name="Фильмы")

    assert (one.slug, two.slug) == ("list", "list-2")


def test_the_names_of_streams_stay_when_the_source_is_renamed(source: Source) -> None:
    imported(source, list_of(entry(1)))
    Source.objects.filter(pk=source.pk).update(name="Village")
    source.refresh_from_db()

    assert imported(source, list_of(entry(1))).added == 0


def test_nothing_is_left_in_the_session_of_the_database(source: Source) -> None:
    imported(source, list_of(entry(1)))
    run = ImportRun.objects.get()

    assert run.state == ImportRun.State.DONE
    imported(make_list_source(), list_of(entry(1)))
