"""Whose request it is, by user name and password; guessing is made slow, rare and uninformative.

A generated password is checked in microseconds and cannot be guessed, so it is let in however many strangers have
tried. One that a person chose costs an Argon2, so successes are remembered for some minutes, and it is looked at only
while few wrong ones have come. Whoever is refused gets the same answer after the same time, whatever was wrong.
"""

import time
from datetime import datetime
from functools import cache
from threading import BoundedSemaphore

from argon2.exceptions import Argon2Error
from django.conf import settings
from django.utils import timezone

from playlists.account import Account, account_by_username
from playlists.xtream.failures import Failures, counted_address, failures_of, note_failure, was_active_from
from playlists.xtream.verdicts import Verdicts
from subscribers.passwords import digest_of_typed, is_typed, keyed_digest, matches, new_password

LONGEST_USERNAME = 100
LONGEST_PASSWORD = 200
REFUSAL_SECONDS = 0.3
"""How long a refusal takes at least, longer than any check."""
BUSY_SECONDS = 2
"""After how long to try again where only too much is going on at once."""
NOBODY = 0
"""An id that no subscriber has."""

verdicts = Verdicts(seconds=300, most=20_000)
# Few of the process's threads at a time may wait or compute here; the others serve who is let in.
checking = BoundedSemaphore(max(1, settings.WEB_THREADS // 2))
waiting = BoundedSemaphore(max(1, settings.WEB_THREADS // 4))


class Refused(Exception):
    """Nobody is let in by these credentials. ``retry_after``: the seconds after which they would be looked at again."""

    def __init__(self, retry_after: int = 0) -> None:
        super().__init__()
        self.retry_after = retry_after


def check(username: str, password: str, address: str) -> Account:
    """Return whose user name and password these are, also where the account may not watch now.

    One query and no write where they are right. Raises Refused, slowly.
    """
    began = time.monotonic()
    username, password, address = username.strip(), password.strip(), counted_address(address)
    if not _could_be(username, LONGEST_USERNAME) or not _could_be(password, LONGEST_PASSWORD):
        raise Refused
    now = timezone.now()
    account = account_by_username(username, now=now, address=address)
    digest = account.password_digest if account else ""
    if account and digest and not is_typed(digest) and matches(password, digest):
        return account
    # One query lets in who is right. All others cost the same ones, in whatever order, whether or not they exist.
    looked_at = account is not None and not _is_counted_out(account)
    verdict = _is_right(password, digest) if looked_at else None
    if not verdict:
        _refuse_if_locked(account, username, address, now)
    if not looked_at:
        verdict = _is_right(password, digest)
    if verdict is None:
        raise Refused(BUSY_SECONDS)
    if verdict and account:  # nobody knows nobody's password, so there is one
        return account
    note_failure(username, password, address, now)
    _wait(began)
    raise Refused


def _could_be(text: str, longest: int) -> bool:
    """Tell whether it could be a user name or a password; PostgreSQL would refuse some of what cannot."""
    return 0 < len(text) <= longest and text.isprintable()


def _is_counted_out(account: Account) -> bool:
    failures = Failures(account.failures_of_address, account.failures_of_username)
    return failures.too_many_for_address() or failures.too_many_for_username()


def _refuse_if_locked(account: Account | None, username: str, address: str, now: datetime) -> None:
    """Raise Refused where too many wrong passwords have come; strangers do not keep a household out of its account.

    Runs the same two statements whoever is asked for, so that the time tells nothing.
    """
    failures = failures_of(username, address, now)
    at_home = was_active_from(account.id if account else NOBODY, address, now)
    if failures.too_many_for_address() or (failures.too_many_for_username() and not at_home):
        raise Refused(settings.PLAYER_COOLOFF_MINUTES * 60)


def _is_right(password: str, digest: str) -> bool | None:
    """Check as slowly for a user name that nobody has, or whose password is a generated one, as for any other.

    None: it cannot be computed now, as others compute or memory is short.

    The digest is part of what is remembered, so that a verdict is void once the password is changed.
    """
    try:
        if not is_typed(digest):
            digest = _nobodys_digest()
        key = keyed_digest(f"{digest}\n{password}", purpose="checked password")
        verdict = verdicts.get(key)
        return _computed(key, password, digest) if verdict is None else verdict
    except Argon2Error:
        return None


def _computed(key: str, password: str, digest: str) -> bool | None:
    if not checking.acquire(blocking=False):
        return None
    try:
        verdict = matches(password, digest)
    finally:
        checking.release()
    verdicts.keep(key, verdict)
    return verdict


@cache
def _nobodys_digest() -> str:
    return digest_of_typed(new_password())


def _wait(began: float) -> None:
    """Let the time pass that a refusal takes; raise Refused at once where too many are waiting for it already."""
    if not waiting.acquire(blocking=False):
        raise Refused(BUSY_SECONDS)
    try:
        time.sleep(max(0.0, REFUSAL_SECONDS - (time.monotonic() - began)))
    finally:
        waiting.release()
