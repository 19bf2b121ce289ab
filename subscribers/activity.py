"""What subscribers do, noted by the thousand: kept in the process for a moment, then written in one go."""

from subscribers.activity_models import Activity


def record(
    kind: Activity.Kind,
    subscriber_id: int,
    *,
    channel_id: int | None = None,
    address: str = "",
    user_agent: str = "",
    protocol: str = "",
    session_id: str = "",
    bytes_so_far: int = 0,
) -> None:
    """Note a sign of activity. Takes microseconds and touches no table; it is written within seconds.

    ``session_id`` and ``bytes_so_far`` are what Flussonic tells of a session, the bytes since its beginning.
    """
