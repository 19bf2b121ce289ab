"""User names of players: they stand in addresses as they are, between slashes."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from subscribers.models import Subscriber

LETTERS = re.compile(r"[A-Za-z0-9._@-]+")
LONGEST_DEFAULT = 80
# An address such as /NAME/password/7.ts would lead to something else.
RESERVED = {
    *("admin", "api", "static", "playlist", "epg", "logos", "flussonic"),
    *("live", "movie", "series", "timeshift", "streaming"),
}


def check_username(username: str) -> None:
    """Refuse a name that players cannot put into addresses. Raises ValidationError, in words for people."""
    if not LETTERS.fullmatch(username):
        text = _("Players put the user name into addresses: only Latin letters, digits and . _ @ - can be used.")
        raise ValidationError(text, code="letters")
    if username.lower() in RESERVED or set(username) <= {"."}:
        raise ValidationError(_("Addresses of this service begin with this word: choose another."), code="reserved")


def free_username(agreement_number: str) -> str:
    """Return a name that nobody has, like the agreement number."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", agreement_number).strip("-._")[:LONGEST_DEFAULT]
    name = plain if plain and plain.lower() not in RESERVED else f"user-{plain}".rstrip("-")
    taken = set(Subscriber.objects.filter(username__startswith=name).values_list("username", flat=True))
    number = 1
    while (free := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return free
