"""The sessions of viewers: opened when somebody plays, allowed by the backend that ``on_play`` names, and ended.

Questions, headers, limits and bans follow the vendor's pages on authorisation backends and session limits.
"""

import hashlib
import http.client
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from demo.flussonic_pages import CursorError, cursor_after, position_of
from demo.http_server import Reply, Request
from demo.standin import json_reply

DEFAULT_LIMIT = 100
BACKEND_SECONDS = 3.0
DEFAULT_AUTH_SECONDS = 180
IDLE_SECONDS = 60.0
"""Who asks for nothing more for so long has gone; an HLS player gives no other sign."""
FORBIDDEN = Reply(403, b"forbidden", "text/plain")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the backend said; ``status`` 0: nothing."""

    status: int
    user_id: str = ""
    max_sessions: int = 0
    seconds: int = DEFAULT_AUTH_SECONDS
    location: str = ""


class Server(Protocol):
    """What the sessions need of the stand-in."""

    sessions: dict[str, dict[str, Any]]
    on_play: str | None
    soft_limitation: bool

    def unlocked(self) -> AbstractContextManager[None]: ...

    def error(self, request: Request, status: int, code: str) -> Reply: ...


class Viewers:
    """Opens and ends the sessions of one stand-in. Without ``on_play`` everybody plays, and no session is kept."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._banned: dict[str, float] = {}

    # Playing.

    def refusal(self, request: Request, name: str, *, protocol: str, dvr: bool) -> Reply | None:
        if self._server.on_play is None:
            return None
        key = _key(request, name, protocol, dvr)
        if self._banned.get(key, 0.0) > time.monotonic():
            return FORBIDDEN
        if key in self._server.sessions:
            return None
        session = {
            "name": name,
            # Where the player has sent none, one is made up, and listed too.
            "token": request.query.get("token") or hashlib.sha1(key.encode()).hexdigest(),
            "ip": request.address,
            "proto": protocol,
            "dvr": dvr,
            "opened_at": time.time_ns() // 1_000_000,
            "bytes": 0,
            "_agent": request.headers.get("User-Agent", ""),
            "_query": urlencode(request.query),
            "_asked": 0,
        }
        with self._server.unlocked():
            answer = self._ask(key, session, "new_session")
        if answer.status == 302 and answer.location:
            return Reply(302, b"", headers={"Location": answer.location})
        if answer.status != 200:
            return FORBIDDEN
        self._server.sessions[key] = session
        _allow(session, answer)
        self._limit(answer)
        return None

    def sent(self, request: Request, name: str, size: int, *, protocol: str, dvr: bool) -> bool:
        if self._server.on_play is None:
            return True
        session = self._server.sessions.get(_key(request, name, protocol, dvr))
        if session is None:
            return False
        session["bytes"] += size
        session["_seen"] = time.monotonic()
        return True

    def _limit(self, answer: Answer) -> None:
        """End the oldest where there are too many; and ban it for a while, unless the limitation is soft."""
        theirs = [(key, session) for key, session in self._server.sessions.items() if _is_of(session, answer.user_id)]
        surplus = max(0, len(theirs) - answer.max_sessions) if answer.max_sessions else 0
        for key, _session in sorted(theirs, key=lambda entry: entry[1]["opened_at"])[:surplus]:
            del self._server.sessions[key]
            if not self._server.soft_limitation:
                self._banned[key] = time.monotonic() + answer.seconds

    def look_after(self) -> None:
        """Ask again about sessions whose time is up, and forget those that nobody watches. Call it without the lock."""
        now = time.monotonic()
        for key, session in list(self._server.sessions.items()):
            if "_due" not in session:  # put there by hand
                continue
            if session["_seen"] < now - IDLE_SECONDS:
                self._server.sessions.pop(key, None)
            elif session["_due"] <= now:
                answer = self._ask(key, session, "update_session")
                if answer.status == 200:
                    _allow(session, answer)
                elif answer.status:
                    self._server.sessions.pop(key, None)
                else:  # a backend that is down keeps running sessions
                    session["_due"] = now + 1

    def _ask(self, key: str, session: dict[str, Any], request_type: str) -> Answer:
        session["_asked"] += 1
        question = {
            "name": session["name"],
            "proto": session["proto"],
            "ip": session["ip"],
            "request_type": request_type,
            "request_number": session["_asked"],
            "session_id": key,
            "stream_clients": sum(other["name"] == session["name"] for other in _copy(self._server.sessions)),
            "total_clients": len(self._server.sessions),
            "qs": session["_query"],
            "user_agent": session["_agent"],
            "duration": time.time_ns() // 1_000_000 - session["opened_at"],
            "bytes": session["bytes"],
            "token": session["token"],
            **({"dvr": "true"} if session["dvr"] else {}),
        }
        return _answer_of(str(self._server.on_play), urlencode(question))

    # The API.

    def list(self, request: Request) -> Reply:
        query = request.query
        wanted = {key: query[key] for key in ("user_id", "name", "token") if key in query}
        limit = query.get("limit", str(DEFAULT_LIMIT))
        if not limit.isdecimal() or int(limit) < 1:
            return self._server.error(request, 400, "bad_limit")
        ids = sorted(
            key
            for key, session in self._server.sessions.items()
            if all(str(session.get(field)) == value for field, value in wanted.items())
        )
        try:
            start = position_of(query["cursor"], ids, by_name=True) if "cursor" in query else 0
        except CursorError:
            return Reply(500, b"", "text/plain")
        end = start + int(limit)
        page = [_shown(key, self._server.sessions[key], query.get("select", "")) for key in ids[start:end]]
        following = {"next": cursor_after(ids, end, by_name=True)} if end < len(ids) else {}
        return json_reply({"estimated_count": len(ids), **following, "sessions": page})

    def ask_again(self, request: Request) -> Reply:
        name = request.query.get("name")
        concerned = [session for session in self._server.sessions.values() if session["name"] == name]
        for session in concerned:
            if "_due" in session:
                session["_due"] = 0.0
        return json_reply({"estimated_count": len(concerned)})

    def close(self, request: Request, session_id: str) -> Reply:
        if self._server.sessions.pop(session_id, None) is None:
            return self._server.error(request, 404, "session_not_found")
        return Reply(204)


def _allow(session: dict[str, Any], answer: Answer) -> None:
    now = time.monotonic()
    session |= {"user_id": answer.user_id, "_due": now + answer.seconds}
    session.setdefault("_seen", now)


def _is_of(session: dict[str, Any], user_id: str) -> bool:
    return bool(user_id) and session.get("user_id") == user_id


def _key(request: Request, name: str, protocol: str, dvr: bool) -> str:
    """Return the session's id: the same for all files of a stream that one player fetches."""
    parts = (name, request.query.get("token", ""), request.address, request.headers.get("User-Agent", ""), protocol)
    return hashlib.sha1("\n".join((*parts, str(dvr))).encode()).hexdigest()


def _shown(key: str, session: dict[str, Any], select: str) -> dict[str, Any]:
    shown = {"id": key, **{field: value for field, value in session.items() if not field.startswith("_")}}
    return {field: value for field, value in shown.items() if field in select.split(",")} if select else shown


def _copy(sessions: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield from list(sessions.values())


def _answer_of(url: str, query: str) -> Answer:
    parts = urlsplit(url)
    backend = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=BACKEND_SECONDS)
    try:
        backend.request("GET", f"{parts.path or '/'}?{query}")
        response = backend.getresponse()
        response.read()
    except (OSError, http.client.HTTPException):
        return Answer(0)
    finally:
        backend.close()
    headers = response.headers
    return Answer(
        status=response.status if response.status < 500 else 0,
        user_id=headers.get("X-UserId", ""),
        max_sessions=int(headers.get("X-Max-Sessions", "0")),
        seconds=int(headers.get("X-AuthDuration", str(DEFAULT_AUTH_SECONDS))),
        location=headers.get("Location", ""),
    )
