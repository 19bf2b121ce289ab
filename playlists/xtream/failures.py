"""Wrong passwords of players: counted by address and by user name, for as long as PLAYER_COOLOFF_MINUTES."""

import ipaddress
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from channels.statements import prepared_cursor
from subscribers.models import LoginFailure
from subscribers.passwords import keyed_digest

TRUSTED_DAYS = 14
"""For so long after its last sign of life, a household may try again although strangers have locked its user name."""
REFRESH_SECONDS = 30
NETWORK_BITS = 64
"""What one household has of IPv6: it could come from another address with every guess."""

COUNTS = """
    SELECT
        (SELECT count(*) FROM subscribers_loginfailure WHERE address = %(address)s::inet AND at >= %(since)s),
        (SELECT count(*) FROM subscribers_loginfailure WHERE username = %(username)s AND at >= %(since)s)
"""
SEEN = """
    SELECT DISTINCT host(address) FROM subscribers_activity
    WHERE subscriber_id = %(subscriber)s AND last_at >= %(since)s AND address IS NOT NULL
"""
# A box that repeats its password every second writes no row every second.
NOTE = """
    INSERT INTO subscribers_loginfailure AS known (address, username, guess, at)
    VALUES (%(address)s::inet, %(username)s, %(guess)s, %(now)s)
    ON CONFLICT (address, username, guess) DO UPDATE SET at = excluded.at
    WHERE known.at < excluded.at - make_interval(secs => %(refresh)s)
"""
NOBODY = "::"
"""Stands for the address of a request that has none, such as one over a socket in the file system."""


class Failures(NamedTuple):
    """Different wrong passwords of late."""

    of_address: int
    of_username: int

    def too_many_for_address(self) -> bool:
        return _reaches(self.of_address, settings.PLAYER_FAILURES_OF_ADDRESS)

    def too_many_for_username(self) -> bool:
        return _reaches(self.of_username, settings.PLAYER_FAILURES_OF_USERNAME)


@lru_cache(maxsize=10_000)
def counted_address(address: str) -> str:
    """Return what failures are counted by: the address, its network in IPv6, and nothing where there is none."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if ip.version == 4:
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((int(ip), NETWORK_BITS), strict=False).network_address)


def failures_of(username: str, address: str, now: datetime) -> Failures:
    """Return what is counted against an address and a user name, whether or not somebody has it."""
    since = now - timedelta(minutes=settings.PLAYER_COOLOFF_MINUTES)
    with prepared_cursor() as cursor:
        cursor.execute(COUNTS, {"address": address or None, "username": username, "since": since})
        return Failures(*cursor.fetchone())


def note_failure(username: str, password: str, address: str, now: datetime) -> None:
    """Count a wrong password; the same one from the same address counts once."""
    guess = keyed_digest(f"{username}\n{password}", purpose="wrong password")
    with connection.cursor() as cursor:
        cursor.execute(
            NOTE,
            {
                "address": address or NOBODY,
                "username": username,
                "guess": guess,
                "now": now,
                "refresh": REFRESH_SECONDS,
            },
        )


def forget_old_failures(now: datetime) -> int:
    """Delete what is no longer counted, and return how much that was."""
    old = LoginFailure.objects.filter(at__lt=now - timedelta(minutes=settings.PLAYER_COOLOFF_MINUTES))
    return old.delete()[0]


def was_active_from(subscriber_id: int, address: str, now: datetime) -> bool:
    """Tell whether the subscriber has been here from the address, as `counted_address` has it, in the last days."""
    with prepared_cursor() as cursor:
        cursor.execute(SEEN, {"subscriber": subscriber_id, "since": now - timedelta(days=TRUSTED_DAYS)})
        seen = {counted_address(known) for (known,) in cursor.fetchall()}
    return bool(address) and address in seen


def _reaches(failures: int, limit: int) -> bool:
    return 0 < limit <= failures
