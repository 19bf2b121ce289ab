"""A stand-in for the Auth Service: its contract as deployed, and the traps in it.

It keeps naive time: the offset of a date is dropped, not converted, and the rest compared with its own clock. A POST
whose two dates differ in form, one with an offset and one without, ends in a bare 500, as comparing them does.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from demo.auth_validation import (
    CHANGEABLE,
    Problem,
    naive,
    problem,
    problems_of_change,
    problems_of_dates,
    problems_of_list,
    problems_of_new,
)
from demo.http_server import Reply, Request
from demo.standin import Faults, StandIn, html_reply, json_reply, parser, route, serve

DEFAULT_LIMIT = 100
_WRITES = ("POST", "PATCH", "DELETE")

Token = dict[str, Any]


@dataclass
class AuthServiceFaults(Faults):
    """What goes wrong on purpose."""

    status: int | None = None
    """Answer this to everything, until it is None again."""
    accept_and_drop: bool = False
    """Writes get their usual good answer, a new id included, and are forgotten."""
    drop_reply_after_store: int = 0
    """For this many successful writes the connection is closed instead of an answer."""
    not_found_on_patch: bool = False
    """Every PATCH is answered with 404."""
    repeat_reply: bool = False
    """Every answer is sent twice."""
    garbage_json: bool = False
    """Successful answers hold JSON that breaks off."""


def utc_clock() -> datetime:
    """Return the service's local time: it runs in a container, whose zone is UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


class AuthServiceStandIn(StandIn):
    """Answer as the Auth Service does.

    ``tokens`` (objects by id) and ``sessions`` (by id, each with ``user_id``) may be changed at any time; ``add``
    stores a token past every limit. ``clock`` returns the naive time that dates are compared with.

    ``GET /api/tokens`` has no fixed order: each time a client starts at ``skip=0`` the order is shuffled anew (by a
    seeded generator, so a test run repeats), and kept for the pages that follow. New tokens come at its end.
    """

    faults: AuthServiceFaults

    def __init__(self, *, api_key: str = "secret", host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(host=host, port=port)
        self.faults = AuthServiceFaults()
        self.api_key = api_key
        self.clock: Callable[[], datetime] = utc_clock
        self.tokens: dict[int, Token] = {}
        self.sessions: dict[str, dict[str, Any]] = {}
        self._ids: dict[str, int] = {}
        self._last_id = 0
        self._order: list[int] = []
        self._random = Random(1)
        self.routes += [
            route("/api/tokens", GET=self._list_tokens, POST=self._create),
            route("/api/tokens/{}", GET=self._show, PATCH=self._change, DELETE=self._delete),
            route("/api/sessions", GET=self._list_sessions),
            route("/api/sessions/{}", DELETE=self._close_session),
            route("/health", GET=self._health),
            route("/auth", GET=self._authorise),
            route("/_standin/tokens", GET=self._show_by_token),
        ]

    # For tests.

    def add(self, token: str, **fields: Any) -> Token:
        """Store a token without any check, and return the stored object."""
        with self.lock:
            stored = {**self._new(token), **fields}
            self.tokens[stored["id"]] = stored
            self._ids[token] = stored["id"]
            return stored

    def swap_ids(self, one: str, two: str) -> None:
        """Let two tokens trade their ids, as after a loss of data when all were made anew in another order."""
        with self.lock:
            first, second = self._ids[one], self._ids[two]
            self.tokens |= {first: {**self.tokens[second], "id": first}, second: {**self.tokens[first], "id": second}}
            self._ids |= {one: second, two: first}

    def by_token(self) -> dict[str, Token]:
        """Return copies of what is stored, by token string."""
        with self.lock:
            return {stored["token"]: dict(stored) for stored in self.tokens.values()}

    def state(self) -> dict[str, Any]:
        statuses = Counter(stored["status"] for stored in self.tokens.values())
        return {
            **super().state(),
            "tokens": len(self.tokens),
            "by_status": dict(statuses),
            "sessions": len(self.sessions),
        }

    # How it refuses.

    def fault(self, request: Request) -> Reply | None:
        if reply := super().fault(request):
            return reply
        if self.faults.status is not None:
            return self.error(request, self.faults.status, "internal_error")
        if self.faults.not_found_on_patch and request.method == "PATCH":
            return self.error(request, 404, "Token not found")
        return None

    def admit(self, request: Request) -> Reply | None:
        if not request.path.startswith("/api/") or request.headers.get("X-API-Key") == self.api_key:
            return None
        return self.error(request, 401, "Invalid or missing API key")

    def error(self, request: Request, status: int, code: str) -> Reply:
        if self.faults.html_error:
            return html_reply(status)
        if status >= 500:
            return Reply(status, b"Internal Server Error", "text/plain; charset=utf-8")
        return json_reply({"detail": {"not_found": "Not Found"}.get(code, code)}, status)

    def spoil(self, request: Request, reply: Reply) -> Reply:
        faults = self.faults
        if reply.status < 300:
            if faults.drop_reply_after_store > 0 and request.method in _WRITES:
                faults.drop_reply_after_store -= 1
                return Reply(silent=True)
            if faults.garbage_json and reply.body:
                reply = replace(reply, body=b'{"id": 12, "tok')
        return replace(reply, copies=2) if faults.repeat_reply else reply

    # Tokens.

    def _list_tokens(self, request: Request) -> Reply:
        if problems := problems_of_list(request.query):
            return _refused(problems)
        skip, limit = int(request.query.get("skip", 0)), int(request.query.get("limit", DEFAULT_LIMIT))
        status = request.query.get("status")
        stored = [self._aged(stored) for stored in self._in_order(shuffle=skip == 0)]
        wanted = [each for each in stored if status is None or each["status"] == status]
        return json_reply(wanted[skip : skip + limit])

    def _in_order(self, *, shuffle: bool) -> list[Token]:
        if shuffle:
            self._order = list(self.tokens)
            self._random.shuffle(self._order)
        elif fresh := self.tokens.keys() - set(self._order):
            self._order += sorted(fresh)
        return [self.tokens[number] for number in self._order if number in self.tokens]

    def _create(self, request: Request) -> Reply:
        body = request.json()
        if problems := problems_of_new(body):
            return _refused(problems)
        given = {name: body[name] for name in (*CHANGEABLE, "user_id", "valid_from") if body.get(name) is not None}
        try:
            if problems := problems_of_dates(body.get("valid_from"), body.get("valid_until")):
                return _refused(problems)
        except TypeError:
            return self.error(request, 500, "internal_error")
        if self._find(body["token"]) is not None:
            return self.error(request, 400, "Token already exists")
        stored = {**self._new(body["token"]), **given}
        for name in ("valid_from", "valid_until"):
            stored[name] = stored[name] and naive(stored[name]).isoformat()
        if not self.faults.accept_and_drop:
            self.tokens[stored["id"]] = stored
            self._ids[stored["token"]] = stored["id"]
        return json_reply(stored, 201)

    def _show(self, request: Request, number: str) -> Reply:
        stored, refused = self._get(request, number)
        return refused or json_reply(stored)

    def _change(self, request: Request, number: str) -> Reply:
        body = request.json()
        if problems := problems_of_change(body):
            return _refused(problems)
        stored, refused = self._get(request, number)
        if refused:
            return refused
        changes = {name: body[name] for name in CHANGEABLE if body.get(name) is not None}
        if "valid_until" in changes:
            changes["valid_until"] = naive(changes["valid_until"]).isoformat()
        changes["updated_at"] = self.clock().isoformat()
        if not self.faults.accept_and_drop:
            stored.update(changes)
        return json_reply({**stored, **changes})

    def _delete(self, request: Request, number: str) -> Reply:
        stored, refused = self._get(request, number)
        if refused:
            return refused
        if not self.faults.accept_and_drop:
            del self.tokens[stored["id"]]
            self._ids.pop(stored["token"], None)
        return Reply(204)

    def _new(self, token: str) -> Token:
        self._last_id += 1
        now = self.clock().isoformat()
        return {
            "id": self._last_id,
            "token": token,
            "user_id": "0",
            "status": "active",
            "max_sessions": 1,
            "valid_from": now,
            "valid_until": None,
            "allowed_ips": None,
            "allowed_streams": None,
            "meta": None,
            "created_at": now,
            "updated_at": now,
        }

    def _get(self, request: Request, number: str) -> tuple[Token, Reply | None]:
        if not number.isdecimal():
            return {}, _refused([problem("path", "token_id", "Input should be a valid integer")])
        stored = self.tokens.get(int(number))
        if stored is None:
            return {}, self.error(request, 404, "Token not found")
        return self._aged(stored), None

    def _find(self, token: str) -> Token | None:
        if len(self._ids) != len(self.tokens):
            # A test has changed the tokens itself.
            self._ids = {stored["token"]: number for number, stored in self.tokens.items()}
        stored = self.tokens.get(self._ids.get(token, 0))
        return stored if stored is not None and stored["token"] == token else None

    def _aged(self, stored: Token) -> Token:
        """Mark the token as expired once its time is over; only a PATCH of its status undoes that."""
        until = stored["valid_until"]
        if until is not None and stored["status"] == "active" and naive(until) <= self.clock():
            stored["status"] = "expired"
        return stored

    # Sessions and the rest.

    def _list_sessions(self, request: Request) -> Reply:
        user = request.query.get("user_id")
        found = [{"id": key, **session} for key, session in self.sessions.items()]
        return json_reply([session for session in found if user is None or session["user_id"] == user])

    def _close_session(self, request: Request, session_id: str) -> Reply:
        if self.sessions.pop(session_id, None) is None:
            return self.error(request, 404, "Session not found")
        return Reply(204)

    def _health(self, request: Request) -> Reply:
        return json_reply({"status": "healthy"})

    def _authorise(self, request: Request) -> Reply:
        """Answer what Flussonic asks when a viewer opens a stream: 200 or 403."""
        stored = self._find(request.query.get("token", ""))
        if stored is None or not self._allows(self._aged(stored), request.query.get("name", "")):
            return self.error(request, 403, "Forbidden")
        limits = {"X-UserId": stored["user_id"], "X-Max-Sessions": str(stored["max_sessions"])}
        return json_reply({"status": "ok"}, **limits)

    def _allows(self, stored: Token, name: str) -> bool:
        started = stored["valid_from"] is None or naive(stored["valid_from"]) <= self.clock()
        # An empty list is no restriction, as is none at all.
        listed = not stored["allowed_streams"] or name in stored["allowed_streams"]
        return stored["status"] == "active" and started and listed

    def _show_by_token(self, request: Request) -> Reply:
        return json_reply(self.by_token())


def _refused(problems: list[Problem]) -> Reply:
    return json_reply({"detail": problems}, 422)


def main() -> None:
    options = parser("Stand in for the Auth Service.")
    options.add_argument("--api-key", required=True)
    chosen = options.parse_args()
    serve(AuthServiceStandIn(api_key=chosen.api_key, host=chosen.host, port=chosen.port), parent_pid=chosen.parent_pid)


if __name__ == "__main__":
    main()
