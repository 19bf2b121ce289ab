"""What is found in lists."""

import io

import pytest

from channels.m3u import Fault, ListEntry, NotAList, Reject, What, lines_of, read

URL = "http://tv.example.com/1.ts"


class ShortReads(io.BytesIO):
    """A file that returns less than was asked for, as sockets do."""

    def __init__(self, content: bytes, most: int) -> None:
        super().__init__(content)
        self.most = most

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self.most)


def found_in(text: str | bytes) -> list[ListEntry | Reject]:
    return list(read(lines_of(io.BytesIO(text if isinstance(text, bytes) else text.encode()))))


def only(text: str | bytes) -> ListEntry:
    [entry] = found_in(text)
    assert isinstance(entry, ListEntry)
    return entry


def rejects_of(text: str) -> list[tuple[int, Fault]]:
    return [(found.line, found.fault) for found in found_in(text) if isinstance(found, Reject)]


def titles_of(text: str | bytes) -> list[str]:
    return [found.title for found in found_in(text) if isinstance(found, ListEntry)]


def what_of(text: str | bytes) -> What:
    with pytest.raises(NotAList) as caught:
        found_in(text)
    return caught.value.what


def outcome(file: io.BytesIO) -> list[ListEntry | Reject] | What:
    try:
        return list(read(lines_of(file)))
    except NotAList as not_a_list:
        return not_a_list.what
