"""What is kept of subscribers' passwords: nothing that one could be read from.

A generated password has so many random bits that a keyed digest is safe and costs microseconds: a town that comes home
from work is no storm of Argon2. One that staff type is kept as Argon2id, with the parameters that OWASP gives for it.
"""

import hmac
import re
import secrets
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

PASSWORD_BYTES = 18
SHORTEST, LONGEST = 8, 128
# Players paste a password into addresses as it is.
PASSWORD_LETTERS = re.compile(r"[A-Za-z0-9._~-]+")
KEYED = "hmac$"

argon2id = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def new_password() -> str:
    """Return a fresh random password of letters that need no quoting in an address."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


def check_typed(password: str) -> None:
    """Refuse what players could not send, or anybody could guess. Raises ValidationError, in words for people."""
    if not SHORTEST <= len(password) <= LONGEST:
        text = _("A password has %(shortest)s to %(longest)s letters.")
        raise ValidationError(text % {"shortest": SHORTEST, "longest": LONGEST}, code="length")
    if not PASSWORD_LETTERS.fullmatch(password):
        text = _("Players put the password into addresses: only Latin letters, digits and . _ ~ - can be used.")
        raise ValidationError(text, code="letters")


def digest_of_generated(password: str) -> str:
    """Return what is kept of a password of `new_password`."""
    return KEYED + keyed_digest(password, purpose="subscriber password")


def digest_of_typed(password: str) -> str:
    """Return what is kept of a password that a person has chosen. Takes some 20 ms and 19 MB."""
    return argon2id.hash(password)


def is_typed(digest: str) -> bool:
    """Tell whether checking against the digest is slow on purpose."""
    return bool(digest) and not digest.startswith(KEYED)


def matches(password: str, digest: str) -> bool:
    """Tell whether it is the password of which the digest is kept; without a digest, none is.

    Raises Argon2Error where it could not be computed, as for want of memory: that says nothing of the password.
    """
    if digest.startswith(KEYED):
        return constant_time_compare(digest_of_generated(password), digest)
    try:
        return argon2id.verify(digest, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def keyed_digest(text: str, *, purpose: str) -> str:
    """Return a digest that nobody without SECRET_KEY can make; another purpose gives another one."""
    return hmac.digest(_key(purpose, settings.SECRET_KEY), text.encode(), "sha256").hex()


@lru_cache(maxsize=32)
def _key(purpose: str, secret: str) -> bytes:
    return hmac.digest(secret.encode(), f"playlist service: {purpose}".encode(), "sha256")
