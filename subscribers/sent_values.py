"""What others have sent, as PostgreSQL can keep it: one letter that it refuses would cost a whole batch."""

from ipaddress import ip_address


def storable_text(sent: str, most: int) -> str:
    """Return the text without NUL and halves of letters, and not longer than the column."""
    return sent.replace("\0", "\ufffd").encode(errors="replace").decode()[:most]


def storable_address(sent: str) -> str | None:
    """Return the address without a zone, as in ``fe80::1%eth0``, or None where it is none."""
    try:
        return str(ip_address(sent.partition("%")[0]))
    except ValueError:
        return None
