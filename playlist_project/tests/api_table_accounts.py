"""Logging in and out."""

from playlist_project.models import User
from playlist_project.tests.api_table import Endpoint

PASSWORD = "a long enough password"


def make_clerk() -> User:
    return User.objects.create_user("clerk", password=PASSWORD, is_staff=True)


ENDPOINTS = [
    Endpoint(
        "POST",
        "auth/login",
        row=make_clerk,
        body=lambda clerk: {"username": clerk.username, "password": PASSWORD},
        invalid={"password": {"username": "clerk"}, "username": {"username": 5, "password": PASSWORD}},
        without_login=True,
    ),
    Endpoint("POST", "auth/logout", without_login=True),
    Endpoint("GET", "auth/me"),
]
