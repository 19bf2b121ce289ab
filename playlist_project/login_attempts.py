"""What happens after too many failed logins of staff, and from which address they came."""

import ipaddress
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: Any = None) -> HttpResponse:
    """Answer a login that is refused for now: the API has its own answer, people get a page."""
    if response is not None and request.path.startswith("/api/"):
        return response
    minutes = settings.LOGIN_COOLOFF_MINUTES
    title = _("Too many failed logins")
    context = {**admin.site.each_context(request), "minutes": minutes, "title": title}
    page = render(request, "admin/locked_out.html", context, status=429)
    page["Retry-After"] = str(minutes * 60)
    return page


def client_address(request: HttpRequest) -> str:
    """Return the address that a request comes from: of a proxy that is trusted, the one that it names."""
    address: str = request.META.get("REMOTE_ADDR", "")
    for named in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if not _is_trusted(address):
            break
        try:
            address = str(ipaddress.ip_address(named.strip()))
        except ValueError:
            break
    return address


def _is_trusted(address: str) -> bool:
    return "*" in settings.TRUSTED_PROXIES or _is_in(address, tuple(settings.TRUSTED_PROXIES))


@lru_cache(maxsize=10_000)  # every request of a player asks
def _is_in(address: str, networks: tuple[str, ...]) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in ipaddress.ip_network(network, strict=False) for network in networks)
