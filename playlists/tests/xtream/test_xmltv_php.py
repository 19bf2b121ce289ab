"""The guide by user name and password, under all the addresses that players know."""

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from channels.tests.factories import make_channel
from playlists.tests.xtream.players import PASSWORD, make_player, make_programme

pytestmark = pytest.mark.django_db
QUERY = f"username=anna&password={PASSWORD}"
PLAIN = [f"/xmltv.php?{QUERY}", f"/epg.php?{QUERY}", f"/update/epg.php?{QUERY}", f"/epg/anna/{PASSWORD}"]
FILE = f"/epg/anna/{PASSWORD}/gz"


def body(response: Any) -> bytes:
    return b"".join(response)


def make_guide() -> None:
    channel = make_channel(tvg_id="ch1.example", display_name="First")
    make_player(channels=[channel])
    make_programme(channel, datetime.now(UTC), datetime.now(UTC) + timedelta(hours=1))


@pytest.mark.parametrize("address", PLAIN)
def test_the_guide_is_xml_under_every_address(address: str) -> None:
    make_guide()
    response = Client().get(address)

    assert (response.status_code, response["Content-Type"]) == (200, "application/xml")
    assert body(response).startswith(b"<?xml")
    assert Client().post(address).status_code == Client().head(address).status_code == 200


def test_the_guide_is_a_file_where_that_is_asked_for() -> None:
    make_guide()
    response = Client().get(FILE)

    assert response["Content-Type"] == "application/gzip"
    assert gzip.decompress(body(response)) == body(Client().get(PLAIN[0]))


@pytest.mark.parametrize("address", [*PLAIN, FILE])
def test_who_may_not_watch_gets_no_guide(address: str) -> None:
    subscriber = make_player(status="disabled")
    assert Client().get(address).status_code == 403

    subscriber.delete()
    response = Client().get(address)
    assert (response.status_code, response.content) == (401, b"Wrong user name or password.\n")
