"""Files as they came, kept in pieces by the database: workers elsewhere find them, and none fills the memory."""

import gzip
import shutil
import tempfile
from collections.abc import Iterator
from typing import IO, Any

from django.db import models

PART_BYTES = 1024 * 1024
PACKED = (b"\x1f\x8b", b"\xfd7zXZ\0", b"BZh", b"PK\x03\x04")


def parts_of(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the file in pieces, packed unless it comes so."""
    file.seek(0)
    beginning = file.read(6)
    file.seek(0)
    if beginning.startswith(PACKED):
        yield from _pieces(file)
        return
    with tempfile.TemporaryFile() as packed:
        with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=5, mtime=0) as target:
            shutil.copyfileobj(file, target)
        packed.seek(0)
        yield from _pieces(packed)


def unload(parts: "models.QuerySet[Any]", file: IO[bytes]) -> None:
    """Write what was kept into the file, and go to its beginning; parts have a ``number`` and a ``content``."""
    for number in parts.order_by("number").values_list("number", flat=True):
        file.write(bytes(parts.values_list("content", flat=True).get(number=number)))
    file.seek(0)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while content := file.read(PART_BYTES):
        yield content
