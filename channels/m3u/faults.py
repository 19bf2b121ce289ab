"""Why something of a list is no channel."""

from enum import StrEnum


class Fault(StrEnum):
    NO_URL = "no_url"
    """An ``#EXTINF`` that no URL follows."""
    NOT_A_URL = "not_a_url"
    """Any other text where a URL should stand; also a URL without a host, or with letters that none can have."""
    UNKNOWN_SCHEME = "unknown_scheme"
    """A URL of another kind than `SCHEMES`: of a file, of a program, of a plugin of some player."""
    URL_TOO_LONG = "url_too_long"
    LINE_TOO_LONG = "line_too_long"
