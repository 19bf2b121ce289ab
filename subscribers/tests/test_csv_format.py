"""The CSV format: whatever spreadsheets write is read, and what cannot be is told with its line."""

import csv
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.csv.format import COLUMNS, MOST_CELLS_IN_A_LINE, BadFile, read, written
from subscribers.csv.words import WORDS, say

HEADER = "agreement_number,last_name,notes"
ROWS = "A-1,Иванов,ok\r\nA-2,Ёлкина,\r\n"


def rows(text: str, encoding: str = "utf-8") -> list[tuple[int, dict[str, str]]]:
    return [(row.line, row.cells) for row in read(text.encode(encoding)).rows()]


def faults(text: str) -> list[tuple[int, str]]:
    return [(row.line, row.problem.code) for row in read(text.encode()).rows() if row.problem]


def refusal(content: bytes) -> str:
    with pytest.raises(BadFile) as refused:
        list(read(content).rows())
    assert say(refused.value.problem)
    return refused.value.problem.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_encoding_and_delimiter_of_spreadsheets_is_read(encoding: str, delimiter: str) -> None:
    text = f"{HEADER}\r\n{ROWS}".replace(",", delimiter)

    assert rows(text, encoding) == [
        (2, {"agreement_number": "A-1", "last_name": "Иванов", "notes": "ok"}),
        (3, {"agreement_number": "A-2", "last_name": "Ёлкина"}),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_read(end: str) -> None:
    assert [line for line, _ in rows(end.join([HEADER, "A-1,x,", "A-2,x,"]))] == [2, 3]


@pytest.mark.parametrize(
    "header",
    [
        "Agreement Number,LAST_NAME,notes",
        " agreement_number , last  name,Notes,,",
        '"agreement_number","last_name",notes',
    ],
)
def test_names_of_columns_are_known_in_any_case_with_spaces_or_underscores(header: str) -> None:
    assert read(header.encode()).columns == ["agreement_number", "last_name", "notes"]


def test_a_row_has_the_line_where_it_begins() -> None:
    text = f'{HEADER}\n\nA-1,x,"two\nlines"\n,,\nA-2,x,y\n'

    assert [(line, cells["agreement_number"]) for line, cells in rows(text)] == [(3, "A-1"), (6, "A-2")]


def test_excels_own_word_for_the_delimiter_is_no_header() -> None:
    assert rows("sep=;\r\nagreement_number;notes\r\nA-1;x\r\n") == [(3, {"agreement_number": "A-1", "notes": "x"})]


def test_cells_that_are_missing_at_the_end_are_empty() -> None:
    assert rows(f"{HEADER}\nA-1\n") == [(2, {"agreement_number": "A-1"})]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("A-1,x,y,z", "too_many_cells"),
        ('A-1,"x"y,z', "text_behind_quote"),
        ('A-1,"OOO "Romashka"",z', "text_behind_quote"),
    ],
)
def test_a_row_that_is_none_is_told_and_stops_no_other(row: str, code: str) -> None:
    text = f"{HEADER}\nA-0,x,y\n{row}\nA-2,x,y\n"

    assert faults(text) == [(3, code)]
    assert [cells["agreement_number"] for line, cells in rows(text) if line != 3] == ["A-0", "A-2"]


def test_empty_cells_beyond_the_columns_are_no_fault() -> None:
    assert faults(f"{HEADER}\nA-1,x,y,,\n") == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "empty"),
        (b"PK\x03\x04rest of a workbook", "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "workbook"),
        (b"agreement_number,colour", "unknown_columns"),
        (b"agreement_number,password,token", "unknown_columns"),
        (b"agreement_number,notes,Notes", "duplicate_columns"),
        (b"last_name,first_name", "no_key"),
        (b";;;", "no_key"),
        (b"agreement_number,,notes", "nameless_column"),
        (b'"agreement_number,notes', "header_quotes"),
        (b"a" * 20_000, "no_header"),
        (b'agreement_number,notes\nA-1,"never closed\nA-2,x', "open_quote"),
        (b"agreement_number\n" + b"," * (MOST_CELLS_IN_A_LINE + 1), "long_line"),
        ("agreement_number\nИванов\n".encode() + b"\xff\xfe", "encoding"),
        (b"agreement_number\n\x98", "encoding"),
        (b"\xff\xfea", "encoding"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(content: bytes, code: str) -> None:
    assert refusal(content) == code


def test_the_refusal_of_unknown_columns_lists_the_known_ones() -> None:
    with pytest.raises(BadFile) as refused:
        read(b"agreement_number,colour")

    assert all(name in say(refused.value.problem) for name in ("colour", *COLUMNS))


@pytest.mark.parametrize("text", ["Иванов", "x" * 70_000 + "Иванов"])
def test_the_refusal_of_bytes_that_are_no_text_names_the_line(text: str) -> None:
    with pytest.raises(BadFile) as refused:
        read(f"agreement_number\n{text}\n".encode() + b"A-2\n\xff")

    assert refused.value.problem.words == {"line": 4}


def test_the_refusal_of_an_open_quotation_mark_names_the_row() -> None:
    with pytest.raises(BadFile) as refused:
        list(read(f'{HEADER}\nA-1,x,y\nA-2,"x,y\nA-3,x,y\n'.encode()).rows())

    assert refused.value.problem.words == {"line": 3}


def test_every_reason_can_be_said() -> None:
    anything = dict.fromkeys(("line", "number", "known", "names", "name", "most", "found", "columns", "text"), "x")

    assert [code for code, words in WORDS.items() if not str(words) % anything] == []


def test_memory_does_not_grow_with_the_file() -> None:
    content = f"{HEADER}\n".encode() + b"A-1,x,y\n" * 500_000
    table = read(content)
    tracemalloc.start()
    assert sum(1 for _ in table.rows()) == 500_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 1_000_000


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_words(content: bytes) -> None:
    problems = []
    try:
        problems += [row.problem for row in read(content).rows() if row.problem]
    except BadFile as refused:
        problems.append(refused.problem)

    assert all(map(say, problems))


CELLS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.lists(CELLS, min_size=len(COLUMNS), max_size=len(COLUMNS)), max_size=5))
def test_what_is_written_is_read_back(table: list[list[str]]) -> None:
    found = [row.cells for row in read(written([COLUMNS, *table])).rows()]

    wanted = [{name: cell for name, cell in zip(COLUMNS, row, strict=True) if cell.strip()} for row in table]
    assert found == [row for row in wanted if row]


def test_a_cell_may_hold_thousands_of_names() -> None:
    assert csv.field_size_limit() >= 1_000_000
