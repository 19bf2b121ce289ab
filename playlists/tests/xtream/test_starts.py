"""The forms in which players name a moment of the archive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playlists.xtream.starts import parse_minutes, parse_start

SIX_O_CLOCK = 1795284000


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21:18-00",
        "2026-11-21:18-00-00",
        "2026-11-21:18:00",
        "2026-11-21:18:00:00",
        "2026-11-21_18-00",
        "2026-11-21 18:00",
        "2026-11-21 18:00:00",
        "20261121-18",
        "1795284000",
        "1795284000123",
        "2026-11-21T18:00:00Z",
        "2026-11-21T18:00:00.000Z",
        "2026-11-21T18:00Z",
        "2026-11-21T18:00:00",
        "2026-11-21T21:00:00+03:00",
        "2026-11-21T21:00:00 0300",
        "2026-11-21T13:00:00-0500",
        "2026-11-21%3A18-00",
        "2026-11-21%2018:00:00",
        " 2026-11-21:18-00 ",
    ],
)
def test_a_moment_is_read_in_utc_in_every_form_that_players_use(text: str) -> None:
    assert parse_start(text) == SIX_O_CLOCK


def test_seconds_count_where_they_are_given() -> None:
    assert parse_start("2026-11-21:18-00-59") == SIX_O_CLOCK + 59


@pytest.mark.parametrize(
    "text",
    [
        *("", "0", "now", "{utc}", "%7Bstart%7D", "2026-11-21", "2026-13-21:18-00", "2026-11-21:25-00", "20261121"),
        *("2026-02-30 18:00", "0000-11-21:18-00", "2026-11-21:18-00-99", "٢٠٢٦-11-21:18-00", "17952840000"),
        *("2026-11-21T18:00:00+99:00", "2026-11-21T18:00:00+24:00", "9" * 40),
    ],
)
def test_what_is_no_moment_is_told_from_one(text: str) -> None:
    assert parse_start(text) is None


@given(st.text() | st.from_regex(r"\A[0-9T:_Z +-]{1,25}\Z"))
def test_no_text_is_too_odd(text: str) -> None:
    start = parse_start(text)

    assert start is None or isinstance(start, int)
    assert parse_minutes(text) >= 0


@pytest.mark.parametrize(
    ("text", "minutes"), [("60", 60), ("0", 0), ("", 0), ("1h", 0), ("-5", 0), ("{duration}", 0), ("٦٠", 0)]
)
def test_minutes_are_digits_and_everything_else_is_unknown(text: str, minutes: int) -> None:
    assert parse_minutes(text) == minutes
