"""The guide of a subscriber as XMLTV: the channels written for each request, their programmes joined from pieces."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import chain
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from channels.joined_gzip import Part, deflated, inflated, joined, joined_size
from channels.m3u import clean_text
from channels.models import GuidePiece
from channels.xmltv_writing import HEAD, TAIL, write_channel
from playlists.account import Account
from playlists.answers import compressed, dated, without_body
from playlists.encoding import accepts_gzip
from playlists.entries import listed
from playlists.links import logo_url
from playlists.versions import since
from subscribers.entitlements import channels_held

CONTENT_TYPE = "application/xml"
FILE_TYPE = "application/gzip"
VARIANT = "xmltv"
# The first source by priority that has the channel's programmes gives them all.
PIECES = """
    SELECT DISTINCT ON (piece.tvg_id)
        piece.tvg_id, piece.id, octet_length(piece.content), piece.size, piece.crc, piece.factor
    FROM channels_guidepiece AS piece
    JOIN channels_guidechannel AS guide_channel ON guide_channel.id = piece.guide_channel_id
    JOIN channels_guidesource AS source ON source.id = guide_channel.source_id
    WHERE piece.tvg_id = ANY(%s) AND source.is_active
    ORDER BY piece.tvg_id, source.sort_order, source.id
"""


# One snapshot: with how many pieces are there, whoever reads all of them knows from the first row that he will.
CONTENTS = """
    SELECT piece.content, count(*) OVER ()
    FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted (id, place) JOIN channels_guidepiece AS piece USING (id)
    ORDER BY place
"""
BYTES_AT_ONCE = 2_000_000


class _Piece(NamedTuple):
    """A row of the pieces without its content."""

    id: int
    length: int
    size: int
    crc: int
    factor: int


@dataclass(slots=True)
class _Listed:
    """What is told of an id, which is one ``channel`` however many channels of ours share it."""

    piece: _Piece
    names: list[str] = field(default_factory=list)
    icon: str = ""


@dataclass(frozen=True, slots=True)
class _Guide:
    head: bytes
    pieces: Sequence[_Piece]

    @property
    def size(self) -> int:
        return len(self.head) + sum(piece.size for piece in self.pieces) + len(TAIL)

    @property
    def etag(self) -> str:
        digest = blake2b(self.head, digest_size=16)
        for piece in self.pieces:
            digest.update(b"%d %d " % (piece.size, piece.crc))
        return digest.hexdigest()


class _Chunks(Iterator[bytes]):
    """What is sent; Django closes it with the answer, also where the player has gone away before the first byte."""

    def __init__(self, chunks: Iterator[bytes], batches: Generator[list[bytes]]) -> None:
        self._chunks, self.close = chunks, batches.close

    def __next__(self) -> bytes:
        return next(self._chunks)


def guide_response(account: Account, request: HttpRequest, *, as_file: bool) -> HttpResponseBase:
    """Return the guide as the answer to a request, or 304 when the client has it already; in three queries at most.

    ``as_file`` gives a .gz file; else it is XML, compressed on the way where the client takes that. Whether the
    subscriber may watch at this moment is for the caller to ask. A large guide is read from the database as it is sent.
    """
    while True:
        guide = _guide(account)
        version = since(account, VARIANT, guide.etag)
        headers = dated(_headers(guide, as_file=as_file), version)
        settled = without_body(request, headers, version)
        if settled is not None:
            return settled
        batches = _batches(guide.pieces)
        first = next(batches, [])
        # Pieces are only replaced: where one is gone, a refresh has committed since, and there is a new guide.
        if first or not guide.pieces:
            break
    parts = _parts(guide.pieces, chain([first], batches))
    if as_file or accepts_gzip(request):
        chunks = joined(_with_ends(guide.head, parts))
        headers = headers if as_file else compressed(headers, _joined_size(guide))
    else:
        chunks = _plain(guide.head, parts)
    return StreamingHttpResponse(_Chunks(chunks, batches), headers=headers)


def _guide(account: Account) -> _Guide:
    """Read which channels the subscriber has, and by which pieces their programmes are told."""
    rows = (
        listed(channels_held(account.packages, account.channels))
        .filter(tvg_id__in=GuidePiece.objects.values("tvg_id"))
        .values_list("pk", "tvg_id", "display_name", "stream_name", "logo_ref")
    )
    channels = list(rows)
    pieces = _pieces({str(row[1]) for row in channels})
    entries: dict[str, _Listed] = {}
    for pk, tvg_id, title, stream, logo in channels:
        if tvg_id not in pieces:  # its source is inactive
            continue
        # Two ids may look alike once they are cleaned: the first has the programmes.
        entry = entries.setdefault(clean_text(tvg_id or ""), _Listed(pieces[tvg_id]))
        entry.names.append(clean_text(title or stream))
        if logo and not entry.icon and settings.PLAYLIST_LOGOS != "none":
            entry.icon = logo_url(settings.PUBLIC_URL, pk, logo)
    shown = [write_channel(key, dict.fromkeys(entry.names), entry.icon) for key, entry in entries.items() if key]
    return _Guide(HEAD + b"".join(shown), [entry.piece for key, entry in entries.items() if key])


def _pieces(tvg_ids: set[str]) -> dict[str | None, _Piece]:
    with connection.cursor() as cursor:
        cursor.execute(PIECES, [sorted(tvg_ids)])
        return {tvg_id: _Piece(*row) for tvg_id, *row in cursor.fetchall()}


def _batches(pieces: Sequence[_Piece]) -> Generator[list[bytes]]:
    """Yield the contents of the pieces, some at once; nothing where not all are there any more.

    Whoever does not read to the end has to close it.
    """
    if not pieces:
        return
    small = sum(piece.length for piece in pieces) <= BYTES_AT_ONCE
    # What is too large waits at PostgreSQL (WITH HOLD): as it was, and without a transaction that a slow player keeps
    # open for as long as it likes.
    with connection.cursor() if small else connection.chunked_cursor() as cursor:
        cursor.execute(CONTENTS, [[piece.id for piece in pieces]])
        for amount in _amounts(pieces):
            rows = cursor.fetchmany(amount)
            if not rows or rows[0][1] < len(pieces):
                return
            yield [content for content, _ in rows]


def _amounts(pieces: Iterable[_Piece]) -> Iterator[int]:
    """Yield how many of the pieces in a row are read at once."""
    amount = length = 0
    for piece in pieces:
        if amount and length + piece.length > BYTES_AT_ONCE:
            yield amount
            amount = length = 0
        amount += 1
        length += piece.length
    yield amount


def _parts(pieces: Iterable[_Piece], batches: Iterable[list[bytes]]) -> Iterator[Part]:
    for piece, content in zip(pieces, chain.from_iterable(batches), strict=True):
        yield Part(content, piece.size, piece.crc, piece.factor)


def _headers(guide: _Guide, *, as_file: bool) -> dict[str, str]:
    headers = {"Cache-Control": "private, no-cache", "ETag": f'"{guide.etag}"'}
    if not as_file:
        return {**headers, "Content-Type": CONTENT_TYPE, "Content-Length": str(guide.size), "Vary": "Accept-Encoding"}
    return {
        **headers,
        "ETag": f'"{guide.etag}-gz"',
        "Content-Type": FILE_TYPE,
        "Content-Length": str(_joined_size(guide)),
        "Content-Disposition": 'attachment; filename="guide.xml.gz"',
    }


def _joined_size(guide: _Guide) -> int:
    ends = (len(deflated(guide.head).content), len(deflated(TAIL).content))
    return joined_size([*ends, *(piece.length for piece in guide.pieces)])


def _with_ends(head: bytes, parts: Iterator[Part]) -> Iterator[Part]:
    yield deflated(head)
    yield from parts
    yield deflated(TAIL)


def _plain(head: bytes, parts: Iterator[Part]) -> Iterator[bytes]:
    yield head
    for part in parts:
        yield inflated(part.content)
    yield TAIL
