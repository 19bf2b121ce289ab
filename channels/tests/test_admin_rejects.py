"""Rejected entries and attributes of a list in the admin: shown without what may be a login."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains

from channels.models import ImportRun
from channels.tests.admin_steps import staff_client
from channels.tests.lists_in_admin import (
    LIST,
    SECRET,
    in_state,
    page,
    ready,
)

pytestmark = pytest.mark.django_db(transaction=True)

State = ImportRun.State


def body(response: Any) -> str:
    return bytes(b"".join(response.streaming_content)).decode("utf-8-sig")


def test_rejects_can_be_downloaded_without_logins(admin_client: Client) -> None:
    run = ready(admin_client, text=LIST + f"#EXTINF:-1,Bad\nhttp://anna:{SECRET}@:80/\n")

    lines = body(admin_client.get(page("importrun_rejects", run.pk))).splitlines()

    assert lines[0] == "line,reason,text"
    assert lines[1] == "7,addresses of this kind cannot be played,plugin://play/…"
    assert lines[2].startswith("9,this is no address,")
    assert SECRET not in "".join(lines)


@pytest.mark.parametrize(
    "line",
    [
        f"line.example.com/live/anna/{SECRET}/2.ts",
        f"http:/line/live/anna/{SECRET}/2.ts",
        f"rtmpe://h/live playpath=x token={SECRET}",
        f"rtmpe://h/an'na/{SECRET}",
    ],
)
def test_no_login_is_shown_in_whatever_way_a_reject_is_written(admin_client: Client, line: str) -> None:
    run = ready(admin_client, text=f"{LIST}#EXTINF:-1,Bad\n{line}\n")
    viewer = staff_client("view_source")

    assert run.rejects.filter(text__contains=line[:12]).exists()
    for client in (admin_client, viewer):
        assertNotContains(client.get(page("importrun_change", run.pk)), SECRET)
        assert SECRET not in body(client.get(page("importrun_rejects", run.pk)))


def test_the_name_of_a_stream_that_another_source_has_is_shown_as_it_is(admin_client: Client) -> None:
    run = in_state(State.DONE)
    run.rejects.create(line=3, fault="clash", text="partner:news/1")

    assertContains(admin_client.get(page("importrun_change", run.pk)), "partner:news/1")


def test_an_attribute_that_holds_an_address_without_a_host_is_shown_without_its_login(admin_client: Client) -> None:
    extinf = f'#EXTINF:-1 group-title="Sports: live" catchup-source="/timeshift/anna/{SECRET}/1.ts",News'
    run = ready(admin_client, text=f"#EXTM3U\n{extinf}\nhttp://example.com/1\n")

    shown = admin_client.get(page("importrun_change", run.pk))

    assertContains(shown, "<code>catchup-source</code>")
    assertContains(shown, "<td>Sports: live</td>", 2)  # as an example, and of the first channel
    assertNotContains(shown, SECRET)
