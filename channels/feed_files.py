"""Files as feeds come in: plain, or compressed in one of the usual ways, which their first bytes tell."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from typing import IO

MOST_LAYERS = 2  # a .gz inside a .zip
XZ_MEMORY = 128 * 1024 * 1024  # a dictionary may have gigabytes
CHUNK = 64 * 1024
USUAL_ENDINGS = (".xml", ".xmltv", ".m3u", ".m3u8", ".gz", ".xz")
BROKEN = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)


class BadFile(Exception):
    """The file cannot be unpacked; ``reason`` is one of "not_unpacked", "too_large" and "empty_archive"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unpacked(io.RawIOBase):
    """What a file holds, as a stream; raises BadFile from any read. ``bytes_read`` counts what has come out.

    Not more than ``most_bytes`` come out: a file of a few kilobytes may hold gigabytes. ``file`` must be seekable.
    """

    def __init__(self, file: IO[bytes], *, most_bytes: int) -> None:
        super().__init__()
        self.most_bytes = most_bytes
        self.bytes_read = 0
        try:
            self._source = _layers(file)
        except BROKEN:
            raise BadFile("not_unpacked") from None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            chunk = self._source.read(CHUNK if size is None or size < 0 else size)
        except BROKEN:
            raise BadFile("not_unpacked") from None
        self.bytes_read += len(chunk)
        if self.bytes_read > self.most_bytes:
            raise BadFile("too_large")
        return chunk


def _layers(file: IO[bytes]) -> IO[bytes]:
    for _ in range(MOST_LAYERS):
        opened = _opened(file)
        if opened is file:
            break
        file = opened
    return file


def _opened(file: IO[bytes]) -> IO[bytes]:
    beginning = file.read(6)
    file.seek(0)
    if beginning.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=file)  # type: ignore[return-value]
    if beginning == b"\xfd7zXZ\0":
        return io.BufferedReader(_Xz(file))
    if beginning.startswith(b"BZh"):
        return bz2.BZ2File(file)
    if beginning.startswith(b"PK\x03\x04"):
        archive = zipfile.ZipFile(file)
        files = [entry for entry in archive.infolist() if not entry.is_dir()]
        if not files:
            raise BadFile("empty_archive")
        # A "readme" may lie beside it.
        feeds = [entry for entry in files if entry.filename.lower().endswith(USUAL_ENDINGS)]
        return archive.open(max(feeds or files, key=lambda entry: entry.file_size))
    return file


class _Xz(io.RawIOBase):
    """Unpacks xz within a bounded memory, which ``lzma.LZMAFile`` cannot."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file = file
        self._unpacker = self._new()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go back to the beginning: all that looking at the first bytes needs."""
        if (offset, whence) != (0, 0):
            raise OSError("not supported")
        self._file.seek(0)
        self._unpacker = self._new()
        return 0

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while True:
            packed = b""
            if self._unpacker.eof:
                packed = self._unpacker.unused_data.lstrip(b"\0") or self._file.read(CHUNK)
                if not packed:
                    return 0
                self._unpacker = self._new()
            elif self._unpacker.needs_input:
                packed = self._file.read(CHUNK)
                if not packed:
                    raise EOFError("cut off")
            unpacked = self._unpacker.decompress(packed, max_length=len(buffer))
            if unpacked:
                buffer[: len(unpacked)] = unpacked
                return len(unpacked)

    @staticmethod
    def _new() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=XZ_MEMORY)
