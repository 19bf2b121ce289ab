"""What staff do in the admin, for tests."""

from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client

from playlist_project.models import User


def staff_client(*permissions: str) -> Client:
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, action: str, rows: list[Any], address: str = "/admin/channels/channel/", **answer: Any) -> Any:
    data = {"action": action, "_selected_action": [row.pk for row in rows], **answer}
    return client.post(address, data, follow=True)


def agree(client: Client, action: str, rows: list[Any], **answer: Any) -> Any:
    """Say yes to what the page between shows."""
    asked = act(client, action, rows, **answer)
    return act(client, action, rows, **answer, _agreed=asked.context["agreed"])
