"""Logos over HTTP."""

import base64
from io import BytesIO
from typing import Any

import pytest
from django.test import Client, RequestFactory
from PIL import Image

from channels.logos import decode, normalise_logo
from channels.models import Channel
from channels.tests.factories import make_channel
from playlists.logos import logo

pytestmark = pytest.mark.django_db


def an_image(colour: str = "red") -> str:
    buffer = BytesIO()
    Image.new("RGB", (8, 8), colour).save(buffer, "PNG")
    return normalise_logo("data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode())


def make_logo(**fields: Any) -> Channel:
    channel = make_channel(**{"tvg_logo": an_image(), **fields})
    channel.refresh_from_db()
    return channel


def get(channel: Channel, *, version: str | None = None, **headers: str) -> Any:
    return Client(headers=headers).get(f"/logos/{channel.pk}.png", {"v": version} if version else {})


def test_an_image_is_served_for_a_year_under_its_hash() -> None:
    channel = make_logo()
    response = get(channel, version=channel.logo_ref)

    assert response.content == decode(channel.tvg_logo or "")
    assert {
        name: response[name]
        for name in ("Content-Type", "Content-Length", "Cache-Control", "ETag", "X-Content-Type-Options")
    } == {
        "Content-Type": "image/png",
        "Content-Length": str(len(response.content)),
        "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": f'"{channel.logo_ref}"',
        "X-Content-Type-Options": "nosniff",
    }


@pytest.mark.parametrize("version", [None, "old"])
def test_under_another_address_an_image_has_to_be_asked_for_anew(version: str | None) -> None:
    response = get(make_logo(), version=version)

    assert (response.status_code, response["Cache-Control"]) == (200, "public, no-cache")


def test_the_hash_changes_with_the_image() -> None:
    assert make_logo(tvg_logo=an_image("red")).logo_ref != make_logo(tvg_logo=an_image("blue")).logo_ref


def test_who_has_the_image_is_not_sent_it_again() -> None:
    channel = make_logo()

    assert get(channel, if_none_match=f'"{channel.logo_ref}"').status_code == 304


def test_a_head_request_is_answered_like_a_get_without_the_image() -> None:
    channel = make_logo()
    address = f"/logos/{channel.pk}.png"

    assert Client().head(address).headers == get(channel).headers
    assert logo(RequestFactory().head(address), channel.pk).content == b""


def test_the_logo_of_a_hidden_channel_is_served() -> None:
    assert get(make_logo(is_active=False)).status_code == 200


@pytest.mark.parametrize(
    "logo",
    [None, "", "https://e.com/a.png", "data:image/gif;base64,R0lGODlh", "data:image/png;base64,$", "logo.png"],
)
def test_without_a_stored_image_there_is_no_such_logo(logo: str | None) -> None:
    response = get(make_logo(tvg_logo=logo))

    assert (response.status_code, response["Content-Type"]) == (404, "text/plain; charset=utf-8")


@pytest.mark.parametrize("number", ["0", "999999999", "9" * 40])
def test_an_unknown_channel_has_no_logo(number: str) -> None:
    assert Client().get(f"/logos/{number}.png").status_code == 404


def test_other_methods_are_not_allowed() -> None:
    assert Client(enforce_csrf_checks=True).post(f"/logos/{make_logo().pk}.png").status_code == 405


def test_players_get_no_cookie() -> None:
    response = get(make_logo())

    assert not response.cookies
    assert "Vary" not in response
