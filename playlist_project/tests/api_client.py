"""Those who call the API, for tests: staff with a session, and programs with a token."""

from itertools import count
from typing import Any

from django.contrib.auth.models import Permission
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q
from django.test import Client

from playlist_project import api_tokens
from playlist_project.models import ApiToken, User

numbers = count(1)


class ApiClient(Client):
    """A client that speaks JSON, checks CSRF as browsers meet it, and lets faults become answers."""

    def __init__(self, **defaults: Any) -> None:
        super().__init__(enforce_csrf_checks=True, raise_request_exception=False, **defaults)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a body as JSON, or bytes as they are, to a path under /api/v1/."""
        data = b"" if body is None else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if "csrftoken" in self.cookies:
            named.setdefault("X-CSRFToken", self.cookies["csrftoken"].value)
        return self.generic(method, f"/api/v1/{path}", _encoded(data), "application/json", headers=named)


def _encoded(data: Any) -> bytes:
    return data if isinstance(data, bytes) else DjangoJSONEncoder(ensure_ascii=False).encode(data).encode()


def make_staff(*permissions: str, **fields: Any) -> User:
    """Return an account with these permissions, such as channels.view_group, and no others."""
    user = User.objects.create_user(**{"username": f"staff{next(numbers)}", "is_staff": True, **fields})
    wanted = Q(pk=None)
    for app, _, codename in (permission.partition(".") for permission in permissions):
        wanted |= Q(content_type__app_label=app, codename=codename)
    user.user_permissions.set(found := list(Permission.objects.filter(wanted)))
    assert len(found) == len(set(permissions)), f"there is no permission among {permissions}"
    return user


def by_session(user: User) -> ApiClient:
    """Return somebody who is logged in, and has the CSRF cookie."""
    client = ApiClient()
    client.force_login(user)
    client.call("GET", "auth/me")
    return client


def by_token(user: User, **fields: Any) -> ApiClient:
    secret = api_tokens.issue(ApiToken(**{"name": "billing", "user": user, **fields}))
    return ApiClient(headers={"Authorization": f"Bearer {secret}"})


def data_of(response: Any, status: int = 200) -> Any:
    """Return what an answer of success carries."""
    assert response.status_code == status, response.content[:500]
    envelope = response.json()
    assert envelope.keys() == {"success", "data"}
    assert envelope["success"] is True
    return envelope["data"]


def error_of(response: Any, status: int) -> Any:
    """Return what an answer of failure carries."""
    assert response.status_code == status, response.content[:500]
    assert response.headers["Content-Type"] == "application/json"
    envelope = response.json()
    assert envelope.keys() == {"success", "error"}
    assert envelope["success"] is False
    assert {"code", "message"} <= envelope["error"].keys() <= {"code", "message", "fields"}
    return envelope["error"]
