"""Bytes to lines, whatever the alphabet and whatever ends a line."""

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO

BLOCK_BYTES = 256 * 1024
LINE_LETTERS = 256 * 1024
"""Longer lines are rejected. A logo may stand in a line as a data URI, so that some are very long."""
# Of a line without an end: enough to see that it is too long, were each letter of four bytes.
KEPT_BYTES = 4 * (LINE_LETTERS + 2)

# As Windows-1251 has the letters of the Cyrillic alphabets.
CYRILLIC = re.compile(rb"[\xc0-\xff\xa1-\xa3\xa5\xa8\xaa\xaf\xb2-\xb4\xb8\xba\xbc-\xbf]+")
LONG_RUN = 3


def lines_of(file: BinaryIO) -> Iterator[str]:
    r"""Return the lines of a list, without what ends them: ``\n``, ``\r\n`` or ``\r``, also mixed, and nothing else.

    UTF-8 and UTF-16 with a byte order mark, UTF-16 also without. A line that is no UTF-8 is read as Windows-1251 or
    Windows-1252, by how its letters stand: Cyrillic ones in whole words, accented ones singly among Latin ones. So a
    word of two accented letters, or three of them in a row, are taken for Cyrillic, a single Cyrillic letter for
    Latin, and any other alphabet for one of these two. Control letters stay; `read` takes them out.

    Of a line longer than `LINE_LETTERS` at least one letter more than that comes, and about a megabyte at most is kept.
    """
    return chain.from_iterable(_blocks(_utf8(file)))


def _blocks(chunks: Iterable[bytes]) -> Iterator[list[str]]:
    rest = b""
    cut_between = False
    for chunk in chunks:
        if cut_between and chunk.startswith(b"\n"):
            chunk = chunk[1:]  # the other half of a line's end
        cut_between = chunk.endswith(b"\r")
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r")) + 1
        if not end:
            rest = (rest + chunk)[:KEPT_BYTES]
            continue
        yield _lines(rest + chunk[:end])
        rest = chunk[end:]
    if rest:
        yield _lines(rest + b"\n")


def _lines(block: bytes) -> list[str]:
    """Return the lines of a block at whose end one ends."""
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    block = block[:-1]
    try:
        return block.decode().split("\n")
    except UnicodeDecodeError:
        return [_decoded(line) for line in block.split(b"\n")]


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        text = line.decode(errors="replace")
    broken = text.count("\ufffd")
    # UTF-8 that was cut or damaged somewhere: in other alphabets hardly two letters in a row look like it.
    if sum(letter > "\x7f" for letter in text) - broken > broken:
        return text
    return line.decode("cp1251" if _looks_cyrillic(line) else "cp1252", errors="replace")


def _looks_cyrillic(line: bytes) -> bool:
    cyrillic = other = 0
    for run in CYRILLIC.finditer(line):
        start, end = run.span()
        length = end - start
        whole_word = not (line[max(start - 1, 0) : start] + line[end : end + 1]).isalpha()
        if length >= LONG_RUN or (length > 1 and whole_word):
            cyrillic += length
        else:
            other += length
    return cyrillic > other


def _utf8(file: BinaryIO) -> Iterator[bytes]:
    """Yield the file in chunks without a byte order mark, UTF-16 as UTF-8."""
    beginning = b""
    while len(beginning) < 4 and (chunk := file.read(BLOCK_BYTES)):
        beginning += chunk
    chunks = chain([beginning], iter(lambda: file.read(BLOCK_BYTES), b""))
    utf16 = _utf16_of(beginning[:4])
    if not utf16:
        yield beginning.removeprefix(codecs.BOM_UTF8)
        next(chunks)
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(utf16)(errors="replace")
    for chunk in chain(chunks, [b""]):
        if text := decoder.decode(chunk, final=not chunk):
            yield text.encode()


def _utf16_of(beginning: bytes) -> str:
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Without the mark: two letters of ASCII, as lists begin.
    zeros = "".join("_0"[not byte] for byte in beginning)
    return {"_0_0": "utf-16-le", "0_0_": "utf-16-be"}.get(zeros, "")
