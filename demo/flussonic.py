"""A stand-in for a Flussonic media server: lists, shows, creates and deletes streams; sessions; a little playback.

Protocol facts are from the Flussonic server API v3 documentation, those of older shapes from the vendor's older pages.
"""

import base64
import gzip
import json
import re
import sys
import threading
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from demo import flussonic_legacy as legacy
from demo.catalogue import DVRS, demo_streams, many_streams
from demo.flussonic_media import HINT, Media, made_media
from demo.flussonic_pages import CursorError, Stream, StreamWriter, cursor_after, position_of, reduced
from demo.flussonic_playback import Playback
from demo.flussonic_sessions import Viewers
from demo.http_server import Reply, Request
from demo.standin import Faults, StandIn, html_reply, json_reply, parser, route, serve

DEFAULT_LIMIT = 100
_V3_PREFIXES = {"v3": "/streamer/api/v3", "central": "/central/api/v3", "api_v3": "/api/v3"}
_OLD_PATHS = {"streams": "/streams", "media": "/flussonic/api/media", "flussonic_streams": "/flussonic/api/streams"}
APIS = frozenset(_V3_PREFIXES | _OLD_PATHS)
_API_PATH = re.compile(r"/(streamer|central|flussonic)/.*|/api/v3/.*|/streams")
_INPUT_URL = re.compile(r"(udp|rtp|tshttps?|https?|hlss?|m4[fs]s?|rtmps?|rtsps?|srt|file|fake|publish|copy)://\S+")
_BARE_500 = Reply(500, b"", "text/plain")


@dataclass
class FlussonicFaults(Faults):
    """What goes wrong on purpose. A page's number counts from 1: where it starts, divided by the limit."""

    fail_on_select: bool = False
    """500 to a selection of over 12 fields, or with ``comment`` or anything in ``stats.dvr_info``."""
    repeat_cursor: bool = False
    """From the second page on, ``next`` is the cursor that was just sent."""
    drop_page: int | None = None
    """This page is answered with a bare 500, for ever."""
    cut_on_page: int | None = None
    """Of this page half the promised body is sent, then the connection is closed."""
    empty: bool = False
    """The list is empty, as if that were the truth."""
    half: bool = False
    """Only the first half of the streams is listed, as if complete."""
    gzip: bool = False
    """Compress answers for clients that accept it."""
    dialect: Literal["error", "errors"] = "error"
    """``{"error": code}`` or ``{"errors": [{"code", "status", "title"}]}``."""
    refuse_inputs: int = 0
    """Streams to create are answered with this status, and with the addresses of their inputs in all their parts."""
    huge: bool = False
    """A list's body never ends (with ``gzip``: and is a bomb)."""


class FlussonicStandIn(StandIn):
    """Answer as a Flussonic server does.

    ``streams`` (v3 objects by name), ``dvrs`` (by name) and ``sessions`` (by id) may be changed at any time.
    ``login`` is ``user:password``; with neither that nor ``tokens`` everybody is let in. ``apis`` says which lists
    exist, see ``APIS``: the others are 404. The older lists know no pages. ``on_play`` is the address of the backend
    that is asked who may watch; without, everybody may. ``media`` is what plays.
    """

    faults: FlussonicFaults

    def __init__(
        self,
        streams: Iterable[Stream] = (),
        *,
        login: str | None = None,
        tokens: Collection[str] = (),
        apis: Collection[str] = ("v3",),
        dvrs: dict[str, dict[str, Any]] | None = None,
        on_play: str | None = None,
        soft_limitation: bool = True,
        media: Media | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(host=host, port=port)
        if unknown := set(apis) - APIS:
            raise ValueError(f"no such APIs: {sorted(unknown)}")
        self.faults = FlussonicFaults()
        self.streams: dict[str, Stream] = {stream["name"]: stream for stream in streams}
        self.dvrs = dict(DVRS if dvrs is None else dvrs)
        self.sessions: dict[str, dict[str, Any]] = {}
        self.on_play = on_play
        self.soft_limitation = soft_limitation
        self._viewers = Viewers(self)
        self.login = login
        self.tokens = set(tokens)
        self._writer = StreamWriter()
        self.routes.append(route("/_standin/streams", POST=self._replace_streams, PATCH=self._merge_streams))
        for api, prefix in _V3_PREFIXES.items():
            if api in apis:
                self.routes += [
                    route(f"{prefix}/streams", GET=self._list_streams),
                    route(f"{prefix}/streams/{{}}", GET=self._show, PUT=self._save, DELETE=self._delete),
                    route(f"{prefix}/dvrs/{{}}", GET=self._show_dvr),
                    route(f"{prefix}/monitoring/liveness", GET=self._liveness),
                    route(f"{prefix}/sessions", GET=self._viewers.list),
                    route(f"{prefix}/sessions/reauth", POST=self._viewers.ask_again),
                    route(f"{prefix}/sessions/{{}}", DELETE=self._viewers.close),
                ]
        self.routes += [route(path, GET=self._old_list) for api, path in _OLD_PATHS.items() if api in apis]
        self.routes += Playback(self._plays, self._viewers, media).routes()

    def state(self) -> dict[str, Any]:
        return {**super().state(), "streams": len(self.streams), "sessions": len(self.sessions)}

    def admit(self, request: Request) -> Reply | None:
        if (self.login is None and not self.tokens) or not _API_PATH.fullmatch(request.path):
            return None
        given = request.headers.get("Authorization")
        if given is None:
            return self.error(request, 401, "authorization_required")
        accepted = {f"Bearer {token}" for token in self.tokens}
        if self.login is not None:
            encoded = base64.b64encode(self.login.encode()).decode()
            accepted |= {f"Basic {encoded}", f"Bearer {encoded}"}
        return None if given in accepted else self.error(request, 403, "authorization_failed")

    def error(self, request: Request, status: int, code: str) -> Reply:
        if self.faults.html_error:
            return html_reply(status)
        if request.path.startswith("/flussonic/"):
            return Reply(404, b"Not found", "text/plain") if status == 404 else html_reply(status)
        if self.faults.dialect == "errors":
            title = code.replace("_", " ").capitalize()
            return json_reply({"errors": [{"code": code, "status": str(status), "title": title}]}, status)
        return json_reply({"error": "not_found" if status == 404 else code}, status)

    def spoil(self, request: Request, reply: Reply) -> Reply:
        if not (self.faults.gzip and reply.body and "gzip" in request.headers.get("Accept-Encoding", "")):
            return reply
        # Level 1: what matters is that it is compressed, not how well.
        return replace(
            reply,
            body=gzip.compress(reply.body, 1),
            endless=gzip.compress(reply.endless, 1) if reply.endless else b"",
            headers={**reply.headers, "Content-Encoding": "gzip"},
        )

    # Lists.

    def _listed(self, *, by_name: bool) -> list[str]:
        names = sorted(self.streams) if by_name else list(self.streams)
        if self.faults.half:
            names = names[: len(names) // 2]
        return [] if self.faults.empty else names

    def _list_streams(self, request: Request) -> Reply:
        query, faults = request.query, self.faults
        select, by_name = query.get("select", ""), query.get("sort") == "name"
        limit, cursor = query.get("limit", str(DEFAULT_LIMIT)), query.get("cursor")
        if faults.huge:
            return Reply(200, b'{"streams": [', endless=b" " * 65_536)
        if faults.fail_on_select and _too_much(select.split(",")):
            return self.error(request, 500, "internal_error")
        if not limit.isdecimal() or int(limit) < 1:
            return self.error(request, 400, "bad_limit")
        names = self._listed(by_name=by_name)
        try:
            start = position_of(cursor, names, by_name=by_name) if cursor is not None else 0
        except CursorError:
            return _BARE_500
        end, number = start + int(limit), start // int(limit) + 1
        if number == faults.drop_page:
            return _BARE_500
        following = cursor_after(names, end, by_name=by_name) if end < len(names) else None
        if faults.repeat_cursor and cursor is not None:
            following = cursor
        body = self._page(names[start:end], select, total=len(names), following=following)
        return Reply(200, body.encode(), cut=number == faults.cut_on_page)

    def _page(self, names: list[str], select: str, *, total: int, following: str | None) -> str:
        frame = {"estimated_count": total, "prev": None, "timing": {"load": 1}, "server_id": "stand-in"}
        if following is not None:
            frame["next"] = following
        streams = ",".join([self._writer.write(name, self.streams[name], select) for name in names])
        return f'{json.dumps(frame)[:-1]}, "streams": [{streams}]}}'

    def _old_list(self, request: Request) -> Reply:
        streams = [reduced(name, self.streams[name], "") for name in self._listed(by_name=False)]
        if request.path == _OLD_PATHS["media"]:
            return json_reply(legacy.media(streams))
        if request.path == _OLD_PATHS["flussonic_streams"]:
            return json_reply(legacy.event_list(streams))
        return json_reply(legacy.bare_list(streams))

    # Single objects.

    def _show(self, request: Request, name: str) -> Reply:
        if name not in self.streams:
            return self.error(request, 404, "stream_not_found")
        return json_reply(reduced(name, self.streams[name], request.query.get("select", "")))

    def _save(self, request: Request, name: str) -> Reply:
        """Create a stream, or change the fields that are sent."""
        wanted = request.json()
        if self.faults.refuse_inputs:
            return self.error(request, self.faults.refuse_inputs, _quoting(wanted))
        if not isinstance(wanted, dict) or not _good_inputs(wanted.get("inputs", [])):
            return self.error(request, 400, "bad_url")
        fresh = {"name": name, "named_by": "config", "static": True, "disabled": False, "dvr": None}
        self.streams[name] = {**self.streams.get(name, fresh), **wanted, "name": name}
        return self._show(request, name)

    def _delete(self, request: Request, name: str) -> Reply:
        if self.streams.pop(name, None) is None:
            return self.error(request, 404, "stream_not_found")
        return Reply(204)

    def _show_dvr(self, request: Request, name: str) -> Reply:
        if name not in self.dvrs:
            return self.error(request, 404, "dvr_not_found")
        return json_reply({"name": name, **self.dvrs[name]})

    def _liveness(self, request: Request) -> Reply:
        return json_reply({"server_version": "26.02", "build": 0, "now": time.time_ns() // 1_000_000})

    # Viewers.

    def up(self) -> None:
        super().up()
        threading.Thread(target=self._look_after_viewers, daemon=True).start()

    def _look_after_viewers(self) -> None:
        while not self._halting.wait(0.1):
            self._viewers.look_after()

    def _plays(self, name: str) -> bool:
        return name in self.streams and not self.streams[name].get("disabled")

    # Control.

    def _replace_streams(self, request: Request) -> Reply:
        self.streams = {stream["name"]: stream for stream in request.json()}
        return json_reply(self.state())

    def _merge_streams(self, request: Request) -> Reply:
        for stream in request.json():
            self.streams[stream["name"]] = {**self.streams.get(stream["name"], {}), **stream}
        return json_reply(self.state())


def _too_much(fields: list[str]) -> bool:
    return len(fields) > 12 or any(field == "comment" or field.startswith("stats.dvr_info") for field in fields)


def _good_inputs(inputs: object) -> bool:
    return isinstance(inputs, list) and all(
        isinstance(source, dict) and _INPUT_URL.fullmatch(str(source.get("url"))) for source in inputs
    )


def _quoting(wanted: Any) -> str:
    urls = [str(source["url"]) for source in wanted["inputs"]]
    return " ".join(("bad_url", *urls, *(word for url in urls for word in re.split(r"[/?=]+", url)), *urls))


def main() -> None:
    options = parser("Stand in for a Flussonic server.")
    options.add_argument("--login", help="user:password that the API asks for")
    options.add_argument("--api", action="append", choices=sorted(APIS), help="an API that exists; default v3")
    which = options.add_mutually_exclusive_group()
    which.add_argument("--streams", type=int, metavar="N", help="start with N made-up streams")
    which.add_argument("--catalogue", choices=["demo"], help="start with the streams of the demo")
    options.add_argument("--on-play", metavar="URL", help="the backend to ask who may watch; without, everybody may")
    options.add_argument("--media", action="store_true", help="play real pictures, made with ffmpeg")
    chosen = options.parse_args()
    media = made_media() if chosen.media else None
    if chosen.media and media is None:
        print(f"playing nothing real: {HINT}", file=sys.stderr, flush=True)
    streams = demo_streams() if chosen.catalogue else many_streams(chosen.streams or 0)
    standin = FlussonicStandIn(
        streams,
        login=chosen.login,
        apis=chosen.api or ["v3"],
        on_play=chosen.on_play,
        media=media,
        host=chosen.host,
        port=chosen.port,
    )
    serve(standin, parent_pid=chosen.parent_pid)


if __name__ == "__main__":
    main()
