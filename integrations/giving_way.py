"""Giving way to staff, who lock rows in whatever order their work takes.

Before PostgreSQL would find a deadlock and end one of the two, we let go of everything and begin again.
"""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection, transaction
from psycopg import errors as sqlstates

Result = TypeVar("Result")

TRIES = 20
HELD_UP = (sqlstates.LockNotAvailable, sqlstates.DeadlockDetected)
# Less than PostgreSQL's deadlock_timeout, after which it looks for deadlocks.
GIVE_WAY = "SET LOCAL lock_timeout = '500ms'"
WAIT_AGAIN = "SET LOCAL lock_timeout TO DEFAULT"


def giving_way(job: Callable[[], Result]) -> Result:
    """Do all of the job in one transaction, as often as it takes until nobody holds it up; the last time it waits."""
    for _ in range(TRIES):
        try:
            return _in_a_hurry(job)
        except OperationalError as exc:
            if not isinstance(exc.__cause__, HELD_UP):
                raise
            time.sleep(random.uniform(0.05, 0.5))
    with transaction.atomic():
        return job()


@transaction.atomic
def _in_a_hurry(job: Callable[[], Result]) -> Result:
    with connection.cursor() as cursor:
        cursor.execute(GIVE_WAY)
        result = job()
        cursor.execute(WAIT_AGAIN)  # there may be a transaction around ours
    return result
