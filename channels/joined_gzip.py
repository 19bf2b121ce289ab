"""Gzip files that are joined from parts which were deflated long before, without deflating them again.

A part ends with a full flush: at a whole byte, and nothing after it refers to anything before. So parts can stand one
after the other in one deflate stream. The sum at the end of a gzip file is a CRC-32 over all of the text; it is linear,
so that the sum of two texts follows from their own sums and the length of the second (as in zlib's crc32_combine).
Some players read only the first member of a gzip file: this makes a single one.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

POLYNOMIAL = 0xEDB88320  # of CRC-32, with the bits in the order in which gzip has them
ONE = 1 << 31  # x^0
X8 = 1 << 23  # x^8: a byte
LEVEL = 6
# No name and no time, so that the same content is the same file; the system that made it is "unknown".
HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
LAST_BLOCK = b"\x03\x00"


class Part(NamedTuple):
    """A deflated text: its CRC-32, its size before, and x^(8 * size) modulo the polynomial."""

    content: bytes
    size: int
    crc: int
    factor: int


def deflated(text: bytes) -> Part:
    """Return the text as a part of a gzip file."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    content = packer.compress(text) + packer.flush(zlib.Z_FULL_FLUSH)
    return Part(content, len(text), zlib.crc32(text), factor_of(len(text)))


def inflated(content: bytes) -> bytes:
    """Return the text of a part."""
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(content)


def joined(parts: Iterable[Part]) -> Iterator[bytes]:
    """Yield the gzip file of all the texts in a row."""
    yield HEADER
    crc = size = 0
    for part in parts:
        yield part.content
        crc = times(part.factor, crc) ^ part.crc
        size += part.size
    yield LAST_BLOCK + struct.pack("<LL", crc, size & 0xFFFFFFFF)


def joined_size(sizes_of_contents: Iterable[int]) -> int:
    """Return the length of the file that is joined of parts with contents of these lengths."""
    return len(HEADER) + sum(sizes_of_contents) + len(LAST_BLOCK) + 8


def factor_of(size: int) -> int:
    """Return x^(8 * size) modulo the polynomial: what a sum is multiplied by when so many bytes follow."""
    product, power = ONE, X8
    while size:
        if size & 1:
            product = times(power, product)
        power = times(power, power)
        size >>= 1
    return product


def times(a: int, b: int) -> int:
    """Multiply two polynomials over GF(2), modulo that of CRC-32."""
    product = 0
    while a:
        if a & ONE:
            product ^= b
        a = a << 1 & 0xFFFFFFFF
        b = b >> 1 ^ POLYNOMIAL if b & 1 else b >> 1
    return product
