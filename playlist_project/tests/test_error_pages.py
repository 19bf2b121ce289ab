"""What people are told where no page answers."""

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains

from channels.tests.admin_steps import staff_client
from playlist_project.tests.faults import rename

pytestmark = pytest.mark.django_db


def test_staff_are_told_what_is_not_there_with_the_bar_to_go_on(admin_client: Client) -> None:
    page = admin_client.get("/admin/channels/nothing/")

    assertContains(page, "<h1>Page not found</h1>", status_code=404, html=True)
    assertContains(page, 'aria-label="Main pages"', status_code=404)
    assertContains(page, '<a href="/admin/">To the dashboard</a>', status_code=404, html=True)


def test_staff_are_told_what_they_may_not_do_and_whom_to_ask() -> None:
    page = staff_client("view_channel").get("/admin/channels/group/")

    assertContains(page, "<h1>This account may not do that</h1>", status_code=403, html=True)
    assertContains(page, "ask an administrator", status_code=403)
    assertNotContains(page, ">Groups</a>", status_code=403)


@pytest.mark.parametrize("address", ["/admin/login/", "/admin/channels/group/add/"])
def test_a_form_that_was_open_for_too_long_says_so(address: str) -> None:
    page = Client(enforce_csrf_checks=True).post(address, {"name": "News"})

    assertContains(page, "<h1>This page was open for too long</h1>", status_code=403, html=True)
    assertContains(page, '<option value="ru"', status_code=403)
    assertNotContains(page, "CSRF", status_code=403)


def test_a_request_that_cannot_be_read_is_refused_on_a_page(admin_client: Client) -> None:
    fields = {str(number): "" for number in range(1001)}

    page = admin_client.post("/admin/channels/group/add/", fields)

    assertContains(page, "<h1>The request cannot be read</h1>", status_code=400, html=True)


@pytest.mark.parametrize(("language", "words"), [("en", "It has been logged."), ("ru", '<html lang="ru">')])
def test_a_fault_is_told_to_staff_without_the_database(admin_client: Client, language: str, words: str) -> None:
    admin_client.raise_request_exception = False
    rename("django_session", "taken_away")  # after the first failure, this transaction takes no other query either

    assertContains(admin_client.get("/admin/", headers={"accept-language": language}), words, status_code=500)


def test_players_are_told_briefly(client: Client) -> None:
    client.raise_request_exception = False
    pages = [client.get("/nothing.m3u8")]
    rename("subscribers_subscriber", "taken_away")
    pages.append(client.get("/playlist/0123456789abcdef.m3u8"))

    assert [page.status_code for page in pages] == [404, 500]
    assert all(len(page.content) < 200 and b"Playlist Service" not in page.content for page in pages)
