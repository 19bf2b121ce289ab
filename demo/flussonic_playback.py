"""Just enough playback that a playlist's URL can be opened: tiny manifests and empty MPEG-TS packets."""

from collections.abc import Callable
from urllib.parse import urlencode

from demo.http_server import Reply, Request
from demo.standin import Route, route

_NULL_PACKET = b"\x47\x1f\xff\x10" + b"\xff" * 184
PACKETS = _NULL_PACKET * 7
"""What one UDP datagram of IPTV holds: 7 packets of 188 bytes with the null PID 0x1FFF (ISO/IEC 13818-1)."""


def playback_routes(plays: Callable[[str], bool]) -> list[Route]:
    """Return the routes under ``/{name}/`` for the streams that play.

    In playback URLs the ``/`` of a name stays as it is, unlike in API paths.
    """

    def master(request: Request, name: str) -> Reply:
        return manifest(request, name, "#EXT-X-STREAM-INF:BANDWIDTH=2500000", "video.m3u8")

    def media(request: Request, name: str, *times: str) -> Reply:
        tags = "#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:1\n#EXTINF:6.000,"
        return manifest(request, name, tags, "segment.ts")

    def manifest(request: Request, name: str, tags: str, uri: str) -> Reply:
        query = f"?{urlencode(request.query)}" if request.query else ""
        text = f"#EXTM3U\n#EXT-X-VERSION:3\n{tags}\n{uri}{query}\n"
        return found(name, Reply(200, text.encode(), "application/vnd.apple.mpegurl"))

    def packets(request: Request, name: str) -> Reply:
        return found(name, Reply(200, PACKETS, "video/mp2t"))

    def found(name: str, reply: Reply) -> Reply:
        return reply if plays(name) else Reply(404, b"not found", "text/plain")

    return [
        route("/{/}/index.m3u8", GET=master),
        route("/{/}/video.m3u8", GET=media),
        route("/{/}/archive-{}-{}.m3u8", GET=media),
        route("/{/}/video-{}-{}.m3u8", GET=media),
        route("/{/}/mpegts", GET=packets),
        route("/{/}/segment.ts", GET=packets),
    ]
