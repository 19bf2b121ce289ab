"""What a request's body is said to be, before Django believes it: its charset is UTF-8, or is not told.

Django takes any codec that Python knows for a charset, also those that decode no text (``hex``) or fail on some of it
(``idna``), and reads the query by it while it makes the request: outside of all middleware, where an error is a
traceback and a 500.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.http import parse_header_parameters

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]

UTF_8 = ("utf-8", "utf8")


def in_utf_8(application: Application) -> Application:
    """Return the WSGI application as one that is told of no other charset."""

    def answered(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if told := environ.get("CONTENT_TYPE"):
            environ["CONTENT_TYPE"] = without_other_charset(told)
        return application(environ, start_response)

    return answered


def without_other_charset(content_type: str) -> str:
    """Return the header without a charset that is not UTF-8, nor parameters in an encoding of their own (RFC 2231)."""
    plain, _, rest = content_type.partition(";")
    if "*" in rest:  # no boundary has one, and no player writes ``name*=hex''%41``, over which parsers stumble
        return plain.strip()
    _, parameters = parse_header_parameters(content_type)
    if parameters.get("charset", "utf-8").lower() in UTF_8:
        return content_type
    kept = (f'{name}="{_quoted(value)}"' for name, value in parameters.items() if name != "charset")
    return "; ".join((plain.strip(), *kept))


def _quoted(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"")
