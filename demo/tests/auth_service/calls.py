"""Calls as a client makes them."""

import http.client
import json
from typing import Any

from demo.auth_service import AuthServiceStandIn

KEY = {"X-API-Key": "secret"}
TOKEN = "token-0001"


def call(
    server: AuthServiceStandIn, method: str, path: str, body: object = None, headers: dict[str, str] = KEY
) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        raw = response.read()
    finally:
        connection.close()
    try:
        return response.status, json.loads(raw)
    except ValueError:
        return response.status, raw.decode()


def create(server: AuthServiceStandIn, **fields: Any) -> tuple[int, Any]:
    return call(server, "POST", "/api/tokens", {"token": TOKEN, "user_id": "7", **fields})


def change(server: AuthServiceStandIn, number: int, **fields: Any) -> tuple[int, Any]:
    return call(server, "PATCH", f"/api/tokens/{number}", fields)


def allowed(server: AuthServiceStandIn, stream: str = "news") -> bool:
    return call(server, "GET", f"/auth?name={stream}&token={TOKEN}", headers={})[0] == 200
