"""What the Auth Service accepts: limits of each field, and refusals in the form of FastAPI."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

LARGEST_LIMIT = 1_000
STATUSES = ("active", "suspended", "expired")
Problem = dict[str, Any]
Check = Callable[[Any], str | None]


def problem(where: str, name: str | int, message: str) -> Problem:
    return {"type": "value_error", "loc": [where, name], "msg": message}


def _text(shortest: int, longest: int) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            return "Input should be a valid string"
        if len(value) < shortest:
            return f"String should have at least {shortest} characters"
        return f"String should have at most {longest} characters" if len(value) > longest else None

    return check


def _whole(lowest: int, highest: int) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return "Input should be a valid integer"
        return None if lowest <= value <= highest else f"Input should be from {lowest} to {highest}"

    return check


def _status(value: Any) -> str | None:
    return None if value in STATUSES else "Input should be 'active', 'suspended' or 'expired'"


def _moment(value: Any) -> str | None:
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return "Input should be a valid datetime"
    return None


def _texts(value: Any) -> str | None:
    good = isinstance(value, list) and all(isinstance(entry, str) for entry in value)
    return None if good else "Input should be a valid list of strings"


def _mapping(value: Any) -> str | None:
    return None if isinstance(value, dict) else "Input should be a valid dictionary"


def naive(moment: str) -> datetime:
    """Return a moment as the service keeps it: its offset is dropped, not converted."""
    return datetime.fromisoformat(moment).replace(tzinfo=None)


CHECKS: Mapping[str, Check] = {
    "token": _text(8, 255),
    "user_id": _text(1, 100),
    "status": _status,
    "max_sessions": _whole(1, 100),
    "valid_from": _moment,
    "valid_until": _moment,
    "allowed_ips": _texts,
    "allowed_streams": _texts,
    "meta": _mapping,
}
REQUIRED = ("token", "user_id")
NOT_NULL = (*REQUIRED, "status", "max_sessions")
CHANGEABLE = ("status", "max_sessions", "valid_until", "allowed_ips", "allowed_streams", "meta")


def problems_of_new(body: Any) -> list[Problem]:
    """Return what is wrong with the body of a POST."""
    if not isinstance(body, dict):
        return [problem("body", 0, "Input should be a valid dictionary")]
    found = [problem("body", name, "Field required") for name in REQUIRED if name not in body]
    for name, check in CHECKS.items():
        if name not in body or (body[name] is None and name not in NOT_NULL):
            continue
        if message := check(body[name]):
            found.append(problem("body", name, message))
    return found


def problems_of_change(body: Any) -> list[Problem]:
    """Return what is wrong with the body of a PATCH; nulls and fields that cannot change pass, as they are ignored."""
    if not isinstance(body, dict):
        return [problem("body", 0, "Input should be a valid dictionary")]
    given = {name: body[name] for name in CHANGEABLE if body.get(name) is not None}
    return [problem("body", name, message) for name, value in given.items() if (message := CHECKS[name](value))]


def problems_of_dates(start: str | None, end: str | None) -> list[Problem]:
    """Return what is wrong with valid dates as a pair; raise TypeError where only one of them has an offset."""
    if start is None or end is None or datetime.fromisoformat(start) < datetime.fromisoformat(end):
        return []
    return [problem("body", "valid_until", "Value error, valid_until must be after valid_from")]


def problems_of_list(query: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong with the query of a list."""
    found = []
    if not query.get("skip", "0").isdecimal():
        found.append(problem("query", "skip", "Input should be greater than or equal to 0"))
    limit = query.get("limit", "1")
    if not limit.isdecimal() or not 1 <= int(limit) <= LARGEST_LIMIT:
        found.append(problem("query", "limit", f"Input should be from 1 to {LARGEST_LIMIT}"))
    if "status" in query and (message := _status(query["status"])):
        found.append(problem("query", "status", message))
    return found
