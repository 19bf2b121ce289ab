"""Addresses that people typed in: followed to public hosts alone, unless the operator allows others.

Where a name leads is looked up once, and the connection goes to just that address: a second look-up could give
another one. Each redirect is a new connection and is looked at as well.
"""

import socket
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from requests_hardened.ip_filter import InvalidIPAddress, get_ip_address
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError

from integrations.deadlines import PunctualAdapter, PunctualConnection


class ForbiddenAddress(Exception):
    """The host is in a network of our own, or has no address that can be looked at."""


def forbidden_in_words(name: str) -> str:
    return _("%(name)s is in a private network, where ALLOW_PRIVATE_ADDRESSES does not let it lead.") % {"name": name}


def refused_as_typed(url: str) -> str:
    """Return why an address can be refused before anything is fetched, or nothing: names are not looked up here."""
    name = (urlsplit(url).hostname or "").rstrip(".")
    if settings.ALLOW_PRIVATE_ADDRESSES or not (
        name == "localhost" or name.endswith(".localhost") or _is_private(name)
    ):
        return ""
    return forbidden_in_words(name)


def _is_private(name: str) -> bool:
    try:
        socket.getaddrinfo(name, None, flags=socket.AI_NUMERICHOST)  # in any of the forms that connecting understands
        get_ip_address(name, 0, False)
    except InvalidIPAddress:
        return True
    except (OSError, ValueError):
        return False  # a name
    return False


class VettedConnection(PunctualConnection):
    """A connection to a host whose address has been looked at; certificates are still checked for its name."""

    def _new_conn(self) -> socket.socket:
        if settings.ALLOW_PRIVATE_ADDRESSES:
            return super()._new_conn()
        # Only meanwhile: requests and certificates are about the host's name.
        name = self._dns_host
        self._dns_host = self._vetted(name.strip("[]").rstrip("."))
        try:
            return super()._new_conn()
        finally:
            self._dns_host = name

    def _vetted(self, name: str) -> str:
        try:
            address, _port = get_ip_address(name, self.port, False)
        except socket.gaierror as exc:
            raise NameResolutionError(name, self, exc) from exc
        except (InvalidIPAddress, OSError, ValueError):
            raise ForbiddenAddress from None
        return str(address)


class VettedTlsConnection(VettedConnection, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = VettedConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = VettedTlsConnection


class VettedAdapter(PunctualAdapter):
    """Send requests to hosts whose addresses have been looked at, within the time given."""

    def init_poolmanager(self, *args: object, **options: object) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
