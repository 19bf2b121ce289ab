"""Texts out of lists, as they may be shown: any of them may hold an address, and any address a login."""

import re

from channels.source_models import origin_of

# To the end of the word: behind the host there may be a login anywhere.
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^\s\"']+", re.IGNORECASE)
OF_AN_ADDRESS = re.compile(r"[/=:@]")
HIDDEN = "…"


def masked(text: str) -> str:
    """Return the text; of one that may be an address, or a part of it, the origins alone that stand in it."""
    if not OF_AN_ADDRESS.search(text):
        return text
    return " ".join(origin_of(address, rest="/…") or HIDDEN for address in ADDRESS.findall(text)) or HIDDEN
