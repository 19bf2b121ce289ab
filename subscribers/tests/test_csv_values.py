"""What cells mean, and that writing and reading them again changes nothing."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from subscribers.csv.values import moment_cell, names_cell, parse, text_cell

MOSCOW = ZoneInfo("Europe/Moscow")  # three hours ahead
BERLIN = ZoneInfo("Europe/Berlin")


def value(column: str, cell: str, zone: ZoneInfo = MOSCOW) -> Any:
    values, problems = parse({column: cell}, zone)
    return values[column] if column in values else problems[column].code


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-12-31", datetime(2026, 12, 30, 21, tzinfo=UTC)),
        ("31.12.2026", datetime(2026, 12, 30, 21, tzinfo=UTC)),
        ("1.2.2026", datetime(2026, 1, 31, 21, tzinfo=UTC)),
        (" 31.12.2026 23:59 ", datetime(2026, 12, 31, 20, 59, tzinfo=UTC)),
        ("31.12.2026 9:05:07", datetime(2026, 12, 31, 6, 5, 7, tzinfo=UTC)),
        ("2026-12-31 23:59", datetime(2026, 12, 31, 20, 59, tzinfo=UTC)),
        ("2026-12-31T23:59:59.5", datetime(2026, 12, 31, 20, 59, 59, 500_000, tzinfo=UTC)),
        ("2026-12-31T23:59:59Z", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2026-12-31T23:59:59-02:00", datetime(2027, 1, 1, 1, 59, 59, tzinfo=UTC)),
    ],
)
def test_dates_are_read_in_the_operators_zone(cell: str, moment: datetime) -> None:
    assert value("valid_from", cell) == moment


def test_a_date_alone_ends_with_its_day() -> None:
    assert value("valid_until", "31.12.2026") == datetime(2026, 12, 31, 20, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "cell",
    [
        "31/12/2026",
        "31.12.26",
        "2026-13-01",
        "30.02.2026",
        "tomorrow",
        "2026-12-31 25:00",
        "0001-01-01 00:00",
        "٢٠٢٦-12-31",
    ],
)
def test_what_is_no_date_is_told(cell: str) -> None:
    assert value("valid_until", cell) == "moment"


@pytest.mark.parametrize(
    ("column", "cell", "meant"),
    [
        ("status", " Disabled", "disabled"),
        ("status", "blocked", "status"),
        ("max_sessions", " 3 ", 3),
        ("max_sessions", "three", "number"),
        ("max_sessions", "-1", "number"),
        ("max_sessions", "٣", "number"),
        ("max_sessions", "9" * 5000, "number"),
        ("notes", "'=1+1", "=1+1"),
        ("notes", "'quoted'", "'quoted'"),
        ("notes", " - ", ""),
        ("username", "-", None),
        ("external_id", "-", None),
        ("email", "-", ""),
        ("valid_until", "-", None),
        ("tariffs", "-", ()),
        ("last_name", "-", "-"),
        ("agreement_number", "-", "-"),
        ("notes", "'-", "-"),
    ],
)
def test_cells_mean_what_is_written(column: str, cell: str, meant: Any) -> None:
    assert value(column, cell) == meant


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("Basic", ("Basic",)),
        ("Basic; Sport", ("Basic", "Sport")),
        (" Basic;Sport ;; Basic;", ("Basic", "Sport")),
        ('Basic; "News; Sport"', ("Basic", "News; Sport")),
        ('"The ""best"" one"', ('The "best" one',)),
        ('"A" team; B', ('"A" team', "B")),
        ('"never closed; B', ('"never closed', "B")),
        (" ; ", ()),
        ("'-", ("-",)),
    ],
)
def test_names_are_told_apart(cell: str, names: tuple[str, ...]) -> None:
    assert value("tariffs", cell) == names


@pytest.mark.parametrize("text", ["=1+1", "+7 900", "-5", "@sum", "\tx", "\rx", "'=x", "''@x"])
def test_no_spreadsheet_takes_a_text_for_a_formula(text: str) -> None:
    assert text_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Anna", "'quoted'", "7", "a=b", "", None])
def test_other_texts_are_written_as_they_are(text: str | None) -> None:
    assert text_cell(text) == (text or "")


@pytest.mark.parametrize(
    ("moment", "cell"),
    [
        (datetime(2026, 12, 31, 20, 59, 59, tzinfo=UTC), "2026-12-31"),
        (datetime(2026, 12, 31, 20, 59, tzinfo=UTC), "2026-12-31 23:59"),
        (datetime(2026, 12, 31, 20, 59, 58, tzinfo=UTC), "2026-12-31 23:59:58"),
        (None, ""),
    ],
)
def test_a_moment_is_written_as_short_as_it_can_be(moment: datetime | None, cell: str) -> None:
    assert moment_cell(moment, MOSCOW, end=True) == cell


MOMENTS = st.datetimes(min_value=datetime(2, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # the strategy adds it
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)


@given(moment=MOMENTS, end=st.booleans(), zone=st.sampled_from([MOSCOW, BERLIN, ZoneInfo("America/New_York")]))
@example(moment=datetime(2026, 10, 25, 0, 30, tzinfo=UTC), end=True, zone=BERLIN)  # the hour that comes twice
@example(moment=datetime(2026, 10, 25, 1, 30, tzinfo=UTC), end=True, zone=BERLIN)
@example(moment=datetime(9999, 12, 31, 23, 0, tzinfo=UTC), end=True, zone=MOSCOW)
def test_a_moment_that_is_written_is_read_back(moment: datetime, end: bool, zone: ZoneInfo) -> None:
    assert value("valid_until" if end else "valid_from", moment_cell(moment, zone, end=end), zone) == moment


@given(TEXTS)
@example("-")
@example("'-")
@example("'=x")
def test_a_text_that_is_written_is_read_back(text: str) -> None:
    assert value("notes", text_cell(text)) == text


@given(st.lists(TEXTS, min_size=1, unique=True))
@example(["-"])
@example(["=A; B", '"', " C "])
def test_names_that_are_written_are_read_back(names: list[str]) -> None:
    assert value("channels", names_cell(names)) == tuple(names)
