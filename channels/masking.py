"""What of a list's texts may be shown: a login stands anywhere in an address, and in what was to be one."""

import re

from channels.source_models import origin_of

MAY_BE_AN_ADDRESS = re.compile(r"[/\\=:@?&%|]")
ADDRESS = re.compile(r"(?:^|[\s\"'])([a-z][a-z0-9+.-]*://[^\s/\\?#\"'|&=]+)", re.IGNORECASE)
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d+)?", re.IGNORECASE)
PICTURE = re.compile(r"https?://[^\s?#@]+\.(?:png|jpe?g|gif|svg|webp)", re.IGNORECASE)
HARMLESS = re.compile(r"(?!tvg-logo)tvg-.+|group-title|radio", re.IGNORECASE)
NAMES_A_SECRET = re.compile(r"pass|pwd|token|secret|user|login|auth|key", re.IGNORECASE)


def masked(text: str) -> str:
    """Return the origin alone of a text that may be an address, or "…" where it has none; others as they are."""
    if not MAY_BE_AN_ADDRESS.search(text):
        return text
    found = ADDRESS.search(text)
    if not found or "@" in text[found.end() :]:  # a login with a slash in it looks like a host
        return "…"
    origin = origin_of(found[1])
    return f"{origin}/…" if ORIGIN.fullmatch(origin) else "…"


def masked_sample(name: str, sample: str) -> str:
    """Return an example of an attribute, as it may be shown."""
    if HARMLESS.fullmatch(name):
        return masked(sample) if re.search(r"[/=]", sample) else sample
    return "…" if NAMES_A_SECRET.search(name) else masked(sample)


def masked_value(field: str, value: str) -> str:
    """Return the value of a channel's field, as it may be shown: what is a name, and a picture, as they are."""
    if PICTURE.fullmatch(value) or (field != "tvg_logo" and "://" not in value):
        return value
    return masked(value)
