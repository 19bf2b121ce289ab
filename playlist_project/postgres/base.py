"""Django's PostgreSQL, with a look at a pooled connection that costs no question to the server."""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    @property
    def pool(self) -> "ConnectionPool[Any] | None":
        pool: ConnectionPool[Any] | None = super().pool
        if pool is not None and self.settings_dict["CONN_HEALTH_CHECKS"]:
            pool._check = check_connection  # Django lets nobody choose it
        return pool


def check_connection(connection: Any) -> None:
    """Raise an error unless the connection still works.

    One that the server has closed, as by a restart, has something to read: the end. Nothing else comes unasked but a
    notice now and then, so only then is the server asked, which would cost a tenth of a small request.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    if poll.poll(0):
        ConnectionPool.check_connection(connection)
