"""API tokens: made, found, counted. What is stored of a token is its hash."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils import timezone
from knox.crypto import hash_token
from knox.models import get_digest_token
from knox.settings import CONSTANTS

from playlist_project.models import ApiToken

USE_IS_NOTED_EVERY = timedelta(minutes=1)
PERIODS = {"sec": 1, "min": 60, "hour": 3600, "day": 86400}
# One statement without a transaction around it, so that nobody ever waits for two rows. The clock is the database's,
# as those of several hosts differ.
COUNT = """
    INSERT INTO playlist_project_apirequests AS counted (token_id, period, requests)
    VALUES (%(token)s, floor(extract(epoch FROM clock_timestamp()) / %(seconds)s), 1)
    ON CONFLICT (token_id) DO UPDATE SET
        requests = CASE WHEN counted.period = excluded.period THEN counted.requests + 1 ELSE 1 END,
        period = excluded.period
    RETURNING requests, (period + 1) * %(seconds)s - extract(epoch FROM clock_timestamp())
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """Whether one more request is within the limit, and in how many seconds the count starts anew."""

    allowed: bool
    seconds_left: int


def issue(token: ApiToken) -> str:
    """Save a new token's record, and return the token itself, which cannot be read again."""
    token.digest, secret = get_digest_token()
    token.token_key = secret[: CONSTANTS.TOKEN_KEY_LENGTH]
    token.save()
    return str(secret)


def find(secret: bytes) -> ApiToken | None:
    """Return the token that has not expired, with its owner."""
    try:
        digest = hash_token(secret.decode("ascii"))
    except UnicodeDecodeError:
        return None
    unexpired = Q(expiry=None) | Q(expiry__gt=timezone.now())
    found: ApiToken | None = ApiToken.objects.filter(unexpired, digest=digest).select_related("user").first()
    return found


def note_use(token: ApiToken) -> None:
    """Write when the token was last used, but not with every request."""
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - USE_IS_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


def count_request(token: ApiToken) -> Usage:
    """Count one request of the token, over all processes and hosts."""
    limit, seconds = rate(settings.API_RATE_LIMIT)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"token": token.pk, "seconds": seconds})
        requests, left = cursor.fetchone()
    return Usage(allowed=requests <= limit, seconds_left=max(1, int(left) + 1))


def rate(text: str) -> tuple[int, int]:
    """Return how many requests within how many seconds ``600/min`` means. Raises ValueError."""
    number, _, period = text.partition("/")
    if period not in PERIODS or not number.isdecimal() or int(number) < 1:
        raise ValueError(f"{text!r} is not such as 600/min; the periods are {', '.join(PERIODS)}.")
    return int(number), PERIODS[period]
