"""Gzip files joined from parts: any gzip program must take them for one file."""

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from channels.joined_gzip import ONE, deflated, factor_of, inflated, joined, joined_size, times

texts = st.lists(st.binary(max_size=3_000), max_size=8)
words = st.integers(0, 0xFFFFFFFF)


@given(texts)
def test_the_file_unpacks_to_all_texts_in_a_row(parts: list[bytes]) -> None:
    file = b"".join(joined(map(deflated, parts)))

    assert gzip.decompress(file) == b"".join(parts)
    assert len(file) == joined_size(len(deflated(part).content) for part in parts)


@given(texts)
def test_it_is_a_single_member_as_some_players_read_only_the_first(parts: list[bytes]) -> None:
    unpacker = zlib.decompressobj(31)

    assert unpacker.decompress(b"".join(joined(map(deflated, parts)))) == b"".join(parts)
    assert unpacker.eof
    assert unpacker.unused_data == b""


@given(st.binary(max_size=3_000), st.binary(max_size=3_000))
def test_the_sum_of_two_texts_follows_from_their_own(first: bytes, second: bytes) -> None:
    combined = times(factor_of(len(second)), zlib.crc32(first)) ^ zlib.crc32(second)

    assert combined == zlib.crc32(first + second)


@given(words, words, words)
def test_multiplication_is_that_of_polynomials(a: int, b: int, c: int) -> None:
    assert times(a, b) == times(b, a)
    assert times(a, times(b, c)) == times(times(a, b), c)
    assert times(a, b ^ c) == times(a, b) ^ times(a, c)
    assert times(ONE, a) == a


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_factors_of_two_lengths_multiply_to_that_of_both(first: int, second: int) -> None:
    assert times(factor_of(first), factor_of(second)) == factor_of(first + second)


@given(st.binary(max_size=3_000))
def test_a_part_can_be_unpacked_alone(text: bytes) -> None:
    assert inflated(deflated(text).content) == text
