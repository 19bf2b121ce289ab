"""Playback: HLS and MPEG-TS, live and from the archive, in all the forms of address that Flussonic knows.

With media it is real; without, tiny manifests and empty MPEG-TS packets, just enough for an address to be opened.
"""

import time
from collections.abc import Callable, Iterator
from typing import Protocol
from urllib.parse import urlencode

from demo.flussonic_media import Media
from demo.http_server import Reply, Request
from demo.standin import Route, route

_NULL_PACKET = b"\x47\x1f\xff\x10" + b"\xff" * 184
PACKETS = _NULL_PACKET * 7
"""What one UDP datagram of IPTV holds: 7 packets of 188 bytes with the null PID 0x1FFF (ISO/IEC 13818-1)."""
EMPTY = Media((PACKETS,), seconds=6)
LIVE_SEGMENTS = 3
MOST_SEGMENTS = 10_800
DVR = "dvr-"  # what the segments of an archive begin with
NOT_FOUND = Reply(404, b"not found", "text/plain")


class Audience(Protocol):
    """Whoever decides who may watch, and keeps the sessions."""

    def refusal(self, request: Request, name: str, *, protocol: str, dvr: bool) -> Reply | None:
        """Open a session, or go on with it; return what the viewer is told instead."""

    def sent(self, request: Request, name: str, size: int, *, protocol: str, dvr: bool) -> bool:
        """Count what a viewer was sent, and tell whether the session still runs."""


class Playback:
    """The routes under ``/{name}/`` for the streams that play. In them the ``/`` of a name stays as it is."""

    def __init__(self, plays: Callable[[str], bool], audience: Audience, media: Media | None) -> None:
        self._plays, self._audience = plays, audience
        self._media, self._is_real = media or EMPTY, media is not None
        self._begun: dict[tuple[str, ...], float] = {}

    def routes(self) -> list[Route]:
        delayed = [
            route(f"/{{/}}/{prefix}timeshift_{kind}-{{}}.m3u8", GET=handler)
            for prefix in ("", "video-", "mono-")
            for kind, handler in (("abs", self._since), ("rel", self._ago))
        ]
        return [
            *delayed,  # first, as "video-timeshift_abs-5" looks like a span too
            *(route(f"/{{/}}/{form}-{{}}-{{}}.m3u8", GET=self._span) for form in ("archive", "video", "index", "mono")),
            route("/{/}/index.m3u8", GET=self._master),
            route("/{/}/video.m3u8", GET=self._live),
            route("/{/}/mpegts", GET=self._stream),
            route("/{/}/timeshift_abs-{}.ts", GET=self._old_stream),
            route("/{/}/timeshift_rel-{}.ts", GET=self._old_stream),
            route("/{/}/dvr-segment-{}.ts", GET=self._dvr_segment),
            route("/{/}/segment-{}.ts", GET=self._segment),
        ]

    # HLS.

    def _master(self, request: Request, name: str) -> Reply:
        lines = ["#EXT-X-STREAM-INF:BANDWIDTH=2500000", f"video.m3u8{_query(request)}"]
        return self._manifest(request, name, lines, dvr=False)

    def _live(self, request: Request, name: str) -> Reply:
        return self._manifest(request, name, self._window(request, time.time(), dvr=False), dvr=False)

    def _since(self, request: Request, name: str, start: str) -> Reply:
        """Return a playlist that goes on from a moment in the past, as the player does since its first request."""
        if not start.isdecimal():
            return NOT_FOUND
        if len(self._begun) > MOST_SEGMENTS:
            self._begun.clear()
        player = (name, start, request.address, request.query.get("token", ""), request.headers.get("User-Agent", ""))
        played = time.time() - self._begun.setdefault(player, time.time())
        return self._delayed(request, name, int(start) + LIVE_SEGMENTS * self._media.seconds + played)

    def _ago(self, request: Request, name: str, seconds: str) -> Reply:
        return self._delayed(request, name, time.time() - int(seconds)) if seconds.isdecimal() else NOT_FOUND

    def _delayed(self, request: Request, name: str, end: float) -> Reply:
        return self._manifest(request, name, self._window(request, end, dvr=True), dvr=True)

    def _span(self, request: Request, name: str, start: str, duration: str) -> Reply:
        if not start.isdecimal() or not (duration == "now" or duration.isdecimal()):
            return NOT_FOUND
        end = time.time() if duration == "now" else int(start) + int(duration)
        first = int(start) // self._media.seconds
        last = min(max(first, int(end) // self._media.seconds - 1), first + MOST_SEGMENTS)
        kind, closing = ("EVENT", []) if duration == "now" else ("VOD", ["#EXT-X-ENDLIST"])
        lines = [f"#EXT-X-PLAYLIST-TYPE:{kind}", *self._segments(request, first, last, dvr=True), *closing]
        return self._manifest(request, name, lines, dvr=True)

    def _window(self, request: Request, end: float, *, dvr: bool) -> list[str]:
        last = int(end) // self._media.seconds - 1
        return self._segments(request, last - LIVE_SEGMENTS + 1, last, dvr=dvr)

    def _segments(self, request: Request, first: int, last: int, *, dvr: bool) -> list[str]:
        seconds, count = self._media.seconds, len(self._media.segments)
        lines = [
            f"#EXT-X-TARGETDURATION:{seconds}",
            f"#EXT-X-MEDIA-SEQUENCE:{first}",
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{(first + count - 1) // count}",
        ]
        for number in range(first, last + 1):
            if number % count == 0:  # the clock in the segments starts anew
                lines.append("#EXT-X-DISCONTINUITY")
            lines += [f"#EXTINF:{seconds:.3f},", f"{DVR if dvr else ''}segment-{number}.ts{_query(request)}"]
        return lines

    def _manifest(self, request: Request, name: str, lines: list[str], *, dvr: bool) -> Reply:
        text = "\n".join(("#EXTM3U", "#EXT-X-VERSION:3", *lines, ""))
        reply = Reply(200, text.encode(), "application/vnd.apple.mpegurl", {"Cache-Control": "no-cache"})
        return self._admitted(request, name, reply, protocol="hls", dvr=dvr)

    def _segment(self, request: Request, name: str, number: str) -> Reply:
        return self._one_segment(request, name, number, dvr=False)

    def _dvr_segment(self, request: Request, name: str, number: str) -> Reply:
        return self._one_segment(request, name, number, dvr=True)

    def _one_segment(self, request: Request, name: str, number: str, *, dvr: bool) -> Reply:
        if not number.isdecimal():
            return NOT_FOUND
        reply = Reply(200, self._media.segment(int(number)), "video/mp2t")
        return self._admitted(request, name, reply, protocol="hls", dvr=dvr)

    # MPEG-TS.

    def _stream(self, request: Request, name: str) -> Reply:
        return self._endless(request, name, time.time(), dvr=False)

    def _old_stream(self, request: Request, name: str, number: str) -> Reply:
        return self._endless(request, name, float(number), dvr=True) if number.isdecimal() else NOT_FOUND

    def _endless(self, request: Request, name: str, start: float, *, dvr: bool) -> Reply:
        if not self._is_real:
            return self._admitted(request, name, Reply(200, PACKETS, "video/mp2t"), protocol="tshttp", dvr=dvr)

        def pieces() -> Iterator[bytes]:
            number, began, played = int(start) // self._media.seconds, time.monotonic(), 0
            while True:
                for piece in _cut(self._media.segment(number)):
                    if not self._audience.sent(request, name, len(piece), protocol="tshttp", dvr=dvr):
                        return
                    yield piece
                number, played = number + 1, played + self._media.seconds
                # The first two at once, as a player wants to begin; then as fast as it plays.
                while time.monotonic() < began + played - 2 * self._media.seconds:
                    if not self._audience.sent(request, name, 0, protocol="tshttp", dvr=dvr):
                        return
                    time.sleep(0.05)

        return self._admitted(request, name, Reply(200, b"", "video/mp2t", pieces=pieces), protocol="tshttp", dvr=dvr)

    def _admitted(self, request: Request, name: str, reply: Reply, *, protocol: str, dvr: bool) -> Reply:
        if not self._plays(name):
            return NOT_FOUND
        if request.method == "HEAD":  # opens no session
            return reply
        refusal = self._audience.refusal(request, name, protocol=protocol, dvr=dvr)
        if refusal is None:
            self._audience.sent(request, name, len(reply.body), protocol=protocol, dvr=dvr)
        return refusal or reply


def _cut(segment: bytes, size: int = 188 * 70) -> Iterator[bytes]:
    for start in range(0, len(segment), size):
        yield segment[start : start + size]


def _query(request: Request) -> str:
    return f"?{urlencode(request.query)}" if request.query else ""
