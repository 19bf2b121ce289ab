"""Subscribers as a CSV file: bytes to rows with their line numbers, and back, in memory that does not grow with it.

Spreadsheets write CSV in many ways: this reads UTF-8, UTF-16 and Windows-1251, with commas, semicolons or tabs.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

KEY = "agreement_number"
COLUMNS = (
    KEY,
    "last_name",
    "first_name",
    "status",
    "max_sessions",
    "valid_from",
    "valid_until",
    "tariffs",
    "packages",
    "channels",
    "username",
    "email",
    "external_id",
    "notes",
)
DELIMITERS = ",;\t"
PIECE = 64 * 1024
# What opens a ZIP, which .xlsx and .ods are, and the older .xls.
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
# Somebody may hold thousands of channels by name. It is the limit of all CSV in this process, and 131,072 by default.
MOST_LETTERS_IN_A_CELL = 2_000_000
MOST_LETTERS_IN_A_HEADER = 10_000
MOST_CELLS_IN_A_LINE = 200_000
csv.field_size_limit(MOST_LETTERS_IN_A_CELL)


class Problem(NamedTuple):
    """What is wrong, for `csv_words` to say."""

    code: str
    words: dict[str, Any] = {}


class BadFile(Exception):
    """The file as a whole cannot be read: mend it as the problem says."""

    def __init__(self, code: str, **words: Any) -> None:
        super().__init__(code, words)
        self.problem = Problem(code, words)


class Row(NamedTuple):
    """A row: the line where it begins, the cells that are not blank by column, and what is wrong with it as a row."""

    line: int
    cells: dict[str, str]
    problem: Problem | None = None


class Table(NamedTuple):
    """A file whose header makes sense."""

    content: bytes
    encoding: str
    delimiter: str
    columns: list[str]
    header_line: int

    def rows(self) -> Iterator[Row]:
        """Yield the rows that hold anything. Raises BadFile where a quotation mark is never closed."""
        for line, cells, problem in _records(self.content, self.encoding, self.delimiter):
            if line <= self.header_line or (problem is None and not any(cell.strip() for cell in cells)):
                continue
            if problem is None and any(cell.strip() for cell in cells[len(self.columns) :]):
                problem = Problem("too_many_cells", {"found": len(cells), "columns": len(self.columns)})
            named = zip(self.columns, cells, strict=False)
            yield Row(line, {name: cell for name, cell in named if cell.strip()}, problem)


def read(content: bytes) -> Table:
    """Find out how the file is written, and which columns it has. Raises BadFile."""
    if content.startswith(WORKBOOKS):
        raise BadFile("workbook")
    encoding = _encoding(content)
    for line, text in enumerate(_lines(content, encoding), 1):
        if len(text) > MOST_LETTERS_IN_A_HEADER:
            raise BadFile("no_header")
        if text.strip() and not re.match(r"sep=.\s*$", text):  # Excel's own word for the delimiter
            delimiter, names = _header(text)
            return Table(content, encoding, delimiter, _columns(names), line)
    raise BadFile("empty")


def written(rows: Iterable[Iterable[str]]) -> bytes:
    """Return rows of cells as lines of CSV in UTF-8."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _encoding(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif content.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    else:
        candidates = ["utf-8", "cp1251"]
    for encoding in candidates:
        fault = _fault(content, encoding)
        if fault is None:
            return encoding
        # Where UTF-8 made sense until here, Windows-1251 would turn every name into rubbish.
        if not content[:fault].isascii():
            break
    raise BadFile("encoding", line=content.count(b"\n", 0, fault) + 1)


def _fault(content: bytes, encoding: str) -> int | None:
    """Return where the bytes stop making sense in an encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    start = 0
    while True:
        pending = len(decoder.getstate()[0])
        piece = content[start : start + PIECE]
        try:
            decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as exc:
            return start - pending + exc.start
        if not piece:
            return None
        start += PIECE


def _lines(content: bytes, encoding: str) -> Iterable[str]:
    return io.TextIOWrapper(io.BytesIO(content), encoding, newline="")


def _header(text: str) -> tuple[str, list[str]]:
    """Return the delimiter that makes the most of a header, and the names in it."""
    found: list[tuple[int, int, str, list[str]]] = []
    for delimiter in DELIMITERS:
        try:
            cells = next(csv.reader([text], delimiter=delimiter, strict=True))
        except csv.Error:
            continue
        names = [re.sub(r"[\s_]+", "_", cell.strip().lower()) for cell in cells]
        found.append((sum(name in COLUMNS for name in names), len(names), delimiter, names))
    if not found:
        raise BadFile("header_quotes")
    *_, delimiter, names = max(found, key=lambda candidate: candidate[:2])
    return delimiter, names


def _columns(names: list[str]) -> list[str]:
    while names and not names[-1]:
        names.pop()  # spreadsheets write the empty columns beside the table, too
    known = ", ".join(COLUMNS)
    if "" in names:
        raise BadFile("nameless_column", number=names.index("") + 1, known=known)
    if unknown := [name for name in names if name not in COLUMNS]:
        raise BadFile("unknown_columns", names=", ".join(name[:50] for name in unknown[:10]), known=known)
    if twice := [name for name in COLUMNS if names.count(name) > 1]:
        raise BadFile("duplicate_columns", names=", ".join(twice))
    if KEY not in names:
        raise BadFile("no_key", name=KEY)
    return names


def _records(content: bytes, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str], Problem | None]]:
    def bounded() -> Iterator[str]:
        for number, text in enumerate(_lines(content, encoding), 1):
            if text.count(delimiter) > MOST_CELLS_IN_A_LINE:
                raise BadFile("long_line", line=number)
            yield text

    reader = csv.reader(bounded(), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader), None
        except StopIteration:
            return
        except csv.Error as exc:
            if "expected after" not in str(exc):  # that is a letter behind a closing mark, and the next line is sound
                raise BadFile("open_quote", line=line) from exc
            yield line, [], Problem("text_behind_quote")
