"""Files as feeds come in: unpacked by what their first bytes say, within bounds."""

import io
import lzma
import subprocess
import sys
import textwrap
import zlib

import pytest

from channels.feed_files import BadFile, Unpacked
from channels.tests.feeds import PACKINGS
from playlist_project.tests.sources import ROOT

CONTENT = b"<tv>" + bytes(range(32, 127)) * 5_000 + b"</tv>"


def unpacked(file: bytes, most: int = 10_000_000) -> bytes:
    stream = Unpacked(io.BytesIO(file), most_bytes=most)
    return b"".join(iter(lambda: stream.read(10_000), b""))


@pytest.mark.parametrize("packing", PACKINGS)
def test_every_packing_gives_the_content_back(packing: str) -> None:
    assert unpacked(PACKINGS[packing](CONTENT)) == CONTENT


def test_xz_of_several_streams_is_one_file() -> None:
    assert unpacked(lzma.compress(CONTENT) + lzma.compress(CONTENT)) == CONTENT * 2


@pytest.mark.parametrize("packing", ["gzip", "xz", "zip", "gzip in zip"])
def test_a_file_that_is_cut_off_is_bad(packing: str) -> None:
    packed = PACKINGS[packing](CONTENT)

    with pytest.raises(BadFile):
        unpacked(packed[: len(packed) // 2])


@pytest.mark.parametrize("packing", PACKINGS)
def test_not_more_comes_out_than_is_allowed(packing: str) -> None:
    with pytest.raises(BadFile) as refused:
        unpacked(PACKINGS[packing](bytes(3_000_000) + CONTENT), most=2_000_000)

    assert refused.value.reason == "too_large"


def test_xz_with_a_dictionary_of_gigabytes_does_not_get_the_memory() -> None:
    packer = lzma.LZMACompressor(filters=[{"id": lzma.FILTER_LZMA2, "preset": 0}])
    packed = packer.compress(CONTENT) + packer.flush()
    # The size of the dictionary is one byte of the block's header, which has a sum of its own.
    header_size = (packed[12] + 1) * 4
    block = bytearray(packed[12 : 12 + header_size])
    block[4] = 36  # 1 GB
    block[-4:] = zlib.crc32(bytes(block[:-4])).to_bytes(4, "little")

    with pytest.raises(BadFile):
        unpacked(packed[:12] + bytes(block) + packed[12 + header_size :])


def test_reading_takes_the_same_memory_for_a_feed_of_any_size() -> None:
    script = """
        import io, resource, sys
        from channels.xmltv import read

        class Feed(io.RawIOBase):
            def __init__(self, programmes):
                self.left, self.begun = programmes, False
            def read(self, size=-1):
                if not self.begun:
                    self.begun = True
                    return b"<tv>"
                if self.left == 0:
                    self.left = None
                    return b"</tv>"
                if self.left is None:
                    return b""
                take = min(self.left, 100)
                self.left -= take
                return b'<programme start="20261125120000" channel="a"><title>x</title></programme>' * take

        for programmes in (20_000, 200_000):
            assert sum(1 for _ in read(Feed(programmes))) == programmes
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=ROOT,
    )
    small, large = map(int, done.stdout.split())

    assert large < small + 20_000  # kilobytes; as a tree, the larger one takes ten times as much
