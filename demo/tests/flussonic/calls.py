"""Calls as a client makes them."""

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

from demo.flussonic import FlussonicStandIn

V3 = "/streamer/api/v3"


def call(url: str, *, method: str = "GET", body: object = None, **headers: str) -> tuple[int, Any]:
    """Return status and body: parsed if it is JSON, text otherwise."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            status, raw = response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            status, raw = error.code, error.read()
    try:
        return status, json.loads(raw)
    except ValueError:
        return status, raw.decode(errors="replace")


def listed(server: FlussonicStandIn, **query: str | int) -> tuple[int, Any]:
    return call(f"{server.url}{V3}/streams?{urlencode(query)}")


def all_names(server: FlussonicStandIn, **query: str | int) -> list[str]:
    names: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        _, page = listed(server, **query, **cursor)
        names += [stream["name"] for stream in page["streams"]]
        if not page.get("next"):
            return names
        cursor = {"cursor": page["next"]}
