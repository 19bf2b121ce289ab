"""Logos as they may be stored: an http(s) URL, or a small PNG as a data URI."""

import base64
import re
import struct
from io import BytesIO
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from PIL import Image

MAX_URL_LENGTH = 2_000
MAX_SIDE = 512
MAX_BYTES = 256 * 1024
# What is taken in, before it is made smaller.
MAX_UPLOAD_BYTES = 5 * 1024 * 1024
MAX_UPLOAD_SIDE = 4096

DATA_URI = re.compile(r"data:image/([\w.+-]+);base64,", re.IGNORECASE)
FORMATS = {"png": "PNG", "jpeg": "JPEG", "jpg": "JPEG", "webp": "WEBP", "gif": "GIF"}
STORED_AS = "data:image/png;base64,"
# What Pillow raises on damaged files.
BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error)


class BadLogo(Exception):
    """What is wrong with a logo, in a sentence for the person who chose it."""


def normalise_logo(text: str | None) -> str:
    """Return the logo as it may be stored: "", an http(s) URL, or a PNG of at most 512x512 and 256 KB as a data URI.

    Takes data URIs of PNG, JPEG, WebP and GIF (the first picture of an animation). What has been normalised stays
    the same. Raises BadLogo.
    """
    text = (text or "").strip()
    if not text:
        return ""
    if text[:5].lower() == "data:":
        return STORED_AS + base64.b64encode(_small_png(*_format_and_bytes(text))).decode()
    return _checked_url(text)


def decode(data_uri: str) -> bytes:
    """Return the PNG in a logo that ``normalise_logo`` has made; raises BadLogo for any other text."""
    if not data_uri.startswith(STORED_AS):
        raise BadLogo(_("The logo is not a PNG image."))
    return _from_base64(data_uri.removeprefix(STORED_AS))


def _too_large() -> str:
    return _("The image is larger than %(side)sx%(side)s pixels.") % {"side": MAX_UPLOAD_SIDE}


def _checked_url(text: str) -> str:
    if len(text) > MAX_URL_LENGTH:
        raise BadLogo(_("The address of a logo has at most %(number)s characters.") % {"number": MAX_URL_LENGTH})
    if not text.isprintable():
        raise BadLogo(_("The address of a logo must not hold line breaks or control characters."))
    try:
        url = urlsplit(text)
        url.port  # noqa: B018  # raises ValueError when it is no number
    except ValueError as exc:
        raise BadLogo(_("This is not the address of a logo.")) from exc
    if url.scheme not in ("http", "https") or not url.hostname:
        raise BadLogo(_("A logo is an image, or an address that begins with http:// or https://."))
    if "@" in url.netloc:
        raise BadLogo(_("The address of a logo must not hold a user name or password: every subscriber would see it."))
    return f"{url.scheme}{text[len(url.scheme) :]}"


def _format_and_bytes(data_uri: str) -> tuple[str, bytes]:
    head = DATA_URI.match(data_uri)
    if not head or head[1].lower() not in FORMATS:
        raise BadLogo(_("A logo must be a PNG, JPEG, WebP or GIF image."))
    return FORMATS[head[1].lower()], _from_base64(data_uri[head.end() :])


def _from_base64(text: str) -> bytes:
    if len(text) > MAX_UPLOAD_BYTES * 4 // 3 + 4:
        raise BadLogo(_("The image is larger than %(number)s MB.") % {"number": MAX_UPLOAD_BYTES // 1024 // 1024})
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError as exc:
        raise BadLogo(_("The image is damaged: its base64 text cannot be read.")) from exc


def _small_png(form: str, content: bytes) -> bytes:
    try:
        with Image.open(BytesIO(content), formats=[form]) as image:
            if max(image.size) > MAX_UPLOAD_SIDE:
                raise BadLogo(_too_large())
            return _encoded(image.convert("RGBA"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise BadLogo(_too_large()) from exc
    except BROKEN as exc:
        raise BadLogo(
            _("The image is damaged, or it is not a %(format)s image as it says.") % {"format": form}
        ) from exc


def _encoded(image: Image.Image) -> bytes:
    """Return the picture as a PNG that is small enough, without the texts and profiles that came with it."""
    image.info.clear()
    side = MAX_SIDE
    while True:
        image.thumbnail((side, side))
        buffer = BytesIO()
        image.save(buffer, "PNG", optimize=True)
        if buffer.tell() <= MAX_BYTES:
            return buffer.getvalue()
        side = side * 3 // 4
