"""Feeds into the guide: what is kept, what is refused, and what readers see meanwhile."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from channels import guide_swap
from channels.guide import programmes_of
from channels.guide_import import Counts, Interrupted
from channels.guide_swap import tidy
from channels.joined_gzip import inflated
from channels.models import GuideChannel, GuidePiece, GuideProgramme, GuideSource
from channels.tests.factories import make_channel, make_channels
from channels.tests.feeds import (
    NOW,
    PACKINGS,
    TODAY,
    at,
    day_of,
    feed,
    imported,
    make_guide_source,
    programme,
    shown,
    titles,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_feed_is_imported_however_it_is_packed(packing: str) -> None:
    ours = make_channel(tvg_id="one")

    counts = imported(make_guide_source(), PACKINGS[packing](day_of("one")))

    assert counts.programmes_kept == 24
    assert len(shown(ours)) == 24


def test_only_programmes_of_our_channels_are_kept_but_all_channels_are_known() -> None:
    make_channel(tvg_id="one")

    counts = imported(make_guide_source(), day_of("one", "two"))

    assert (counts.channels_named, counts.channels_ours, counts.programmes_read) == (2, 1, 48)
    assert GuideProgramme.objects.count() == 24
    assert list(GuideChannel.objects.values_list("xmltv_id", "names", "programmes_in_feed")) == [
        ("one", ["Name of one"], 24),
        ("two", ["Name of two"], 24),
    ]


def test_ids_are_compared_in_any_case() -> None:
    ours = make_channel(tvg_id="Первый.RU")

    imported(make_guide_source(), day_of("первый.ru"))

    assert len(shown(ours)) == 24


def test_of_ids_that_differ_only_in_case_the_one_spelt_alike_counts() -> None:
    ours = make_channel(tvg_id="One")

    imported(make_guide_source(), feed(programme("one", 1, 2, "other"), programme("One", 1, 2, "this")))

    assert titles(ours) == ["this"]


def test_only_the_days_that_are_set_are_kept(settings: Settings) -> None:
    settings.EPG_DAYS_BACK, settings.EPG_DAYS_AHEAD = 1, 2
    ours = make_channel(tvg_id="one")
    hours = [-49, -24, 0, 71, 73]

    imported(make_guide_source(), feed(*(programme("one", hour, hour + 1, str(hour)) for hour in hours)))

    everything = shown(ours, start=TODAY - timedelta(days=30), end=TODAY + timedelta(days=30))
    assert [programme.title for programme in everything] == ["-24", "0", "71"]


def test_a_programme_without_an_end_stops_when_the_next_starts() -> None:
    ours = make_channel(tvg_id="one")

    imported(make_guide_source(), feed(programme("one", 1), programme("one", 3), programme("one", 4, 5)))

    assert [slot.stop for slot in shown(ours)] == [TODAY + timedelta(hours=hours) for hours in (3, 4, 5)]


def test_programmes_that_overlap_are_cut_and_come_in_order() -> None:
    ours = make_channel(tvg_id="one")

    imported(make_guide_source(), feed(programme("one", 2, 4, "b"), programme("one", 1, 3, "a")))

    assert [(slot.title, slot.stop.hour) for slot in shown(ours)] == [("a", 2), ("b", 4)]


def test_short_gaps_are_closed_and_long_ones_stay() -> None:
    ours = make_channel(tvg_id="one")

    imported(make_guide_source(), feed(programme("one", 1, 1.95), programme("one", 2, 3), programme("one", 4, 5)))

    assert [slot.stop.hour for slot in shown(ours)] == [2, 3, 5]


def test_the_offset_of_a_time_counts() -> None:
    ours = make_channel(tvg_id="one")

    imported(make_guide_source(), feed(programme("one", "20261125210000 +0300", "20261125220000 +0300")))

    assert shown(ours)[0].start == datetime.fromisoformat("2026-11-25T18:00:00+00:00")


def test_texts_come_in_the_language_that_is_set(settings: Settings) -> None:
    settings.EPG_LANGUAGES = ["ru", "en"]
    ours = make_channel(tvg_id="one")
    texts = (
        '<title lang="de">Nachrichten</title><title lang="ru">Новости</title>'
        '<desc lang="de">Aus aller Welt</desc><desc lang="ru">Со всего мира</desc>'
    )

    imported(make_guide_source(), feed(programme("one", 1, 2, texts), programme("one", 2, 3, "<title>Plain</title>")))

    assert [(slot.title, slot.description, slot.language) for slot in shown(ours)] == [
        ("Новости", "Со всего мира", "ru"),
        ("Plain", "", ""),
    ]


def test_the_first_source_by_priority_that_has_the_channel_gives_all_its_programmes() -> None:
    first, second = make_channel(tvg_id="one"), make_channel(tvg_id="two")
    low, high = make_guide_source(sort_order=9), make_guide_source(sort_order=1)
    imported(low, day_of("one", "two", title="low"))
    imported(high, feed(programme("one", 1, 2, "high")))

    assert titles(first) == ["high"]
    assert set(titles(second)) == {"low"}

    GuideSource.objects.filter(pk=high.pk).update(is_active=False)
    assert set(titles(first)) == {"low"}


def test_a_programme_has_the_same_id_in_every_refresh_and_it_fits_into_31_bits() -> None:
    ours = make_channel(tvg_id="one")
    source = make_guide_source()
    imported(source, day_of("one"))
    before = shown(ours)
    imported(source, day_of("one", title="Other"))
    after = shown(ours)

    assert [slot.id for slot in before] == [slot.id for slot in after]
    assert len({slot.id for slot in after}) == 24
    assert all(0 <= slot.id < 2**31 for slot in after)


def test_what_overlaps_the_time_asked_for_is_found_by_one_query_however_many_channels() -> None:
    channels = make_channels(20, tvg_id="one")
    imported(make_guide_source(), day_of("one"))

    with CaptureQueriesContext(connection) as queries:
        found = programmes_of([row.pk for row in channels], start=NOW, end=NOW + timedelta(minutes=30))

    assert len(queries) == 1
    assert {tuple(slot.start.hour for slot in slots) for slots in found.values()} == {(12,)}
    assert len(found) == 20


def test_without_any_mapped_channel_the_names_are_known_so_that_they_can_be_matched() -> None:
    imported(make_guide_source(), day_of("one"))

    assert GuideChannel.objects.count() == 1


def test_what_watches_an_import_can_stop_it_and_nothing_is_written() -> None:
    make_channel(tvg_id="one")

    def stop(counts: Counts) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        imported(make_guide_source(), day_of("one"), report=stop)

    assert GuideChannel.objects.count() == 0


def test_tidying_forgets_what_is_over_for_longer_than_is_kept() -> None:
    ours = make_channel(tvg_id="one")
    imported(make_guide_source(), feed(programme("one", -160, -159), programme("one", 1, 2)))

    tidy(NOW + timedelta(days=5))
    assert len(shown(ours, start=TODAY - timedelta(days=30))) == 1
    assert GuidePiece.objects.count() == 1

    tidy(NOW + timedelta(days=9))
    assert shown(ours) == []
    assert GuidePiece.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_reader_sees_the_old_guide_or_the_new_one_and_never_half() -> None:
    channels = [make_channel(tvg_id=f"c{number}") for number in range(30)]
    names = [f"c{number}" for number in range(30)]
    source = make_guide_source()
    imported(source, day_of(*names, title="0"))
    done = threading.Event()
    finished: list[bool] = []

    def refresh() -> None:
        try:
            for number in range(1, 6):
                imported(source, day_of(*names, title=str(number)))
            finished.append(True)
        finally:
            done.set()
            connection.close()

    thread = threading.Thread(target=refresh)
    thread.start()
    seen = []
    while not done.is_set():
        found = programmes_of([row.pk for row in channels], start=TODAY, end=TODAY + timedelta(days=1))
        seen.append((sum(map(len, found.values())), len({slot.title for slots in found.values() for slot in slots})))
    thread.join()

    assert finished
    assert set(seen) == {(720, 1)}


def test_times_are_written_in_the_one_form_that_every_player_reads() -> None:
    make_channel(tvg_id="one")
    imported(make_guide_source(), feed(programme("one", "2026-11-25T18:00:00Z", None)))

    assert f'start="{at(18)}" stop="{at(19)}"'.encode() in _text_of(GuidePiece.objects.get())


def _text_of(piece: GuidePiece) -> bytes:
    return inflated(bytes(piece.content))


def test_a_source_that_is_deleted_meanwhile_ends_the_import() -> None:
    source = make_guide_source()
    gone = GuideSource.objects.get(pk=source.pk)
    source.delete()

    with pytest.raises(Interrupted):
        imported(gone, day_of("one"))


def test_of_a_channel_a_programme_a_minute_is_taken_and_more_are_skipped(settings: Settings) -> None:
    settings.EPG_DAYS_BACK = settings.EPG_DAYS_AHEAD = 0
    make_channel(tvg_id="flood")
    make_channel(tvg_id="one")
    seconds = (f"{TODAY + timedelta(seconds=10 * number):%Y%m%d%H%M%S}" for number in range(2_000))
    counts = imported(
        make_guide_source(), feed(*(programme("flood", second) for second in seconds), programme("one", 1))
    )

    assert counts.skipped == 2_000 - 24 * 60
    assert counts.programmes_kept == 24 * 60 + 1


def test_what_is_written_at_once_is_bounded_by_programmes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guide_swap, "PROGRAMMES_AT_ONCE", 30)
    for name in ("one", "two", "three"):
        make_channel(tvg_id=name)

    assert imported(make_guide_source(), day_of("one", "two", "three")).programmes_kept == 72
