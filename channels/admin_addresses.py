"""Addresses of feeds and lists, as staff type them in."""

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from integrations.addresses import refused_as_typed


def checked_address(typed: str, *, before: str = "") -> str:
    """Return the address without spaces around it. Raises ValidationError where nothing could be fetched from there.

    One that is the same as ``before`` may be in a private network: it was allowed when it was typed in.
    """
    address = typed.strip()
    if not address:
        return ""
    if not _is_web_address(address):
        raise ValidationError(_("An address begins with http:// or https:// and has no spaces."))
    if address != before and (reason := refused_as_typed(address)):
        raise ValidationError(reason)
    return address


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  # raises ValueError when it is no number
    except ValueError:
        return False
    plain = address.isprintable() and " " not in address
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain
