"""A list of channels in a real browser: pasted, looked at, mapped, imported by the worker, undone."""

import pytest
from playwright.sync_api import Page

from channels.models import Channel, ImportRun
from channels.tests.lists_in_admin import LIST, SECRET
from playlist_project.tests.browser import figures, in_a_browser

pytestmark = in_a_browser
SOURCES = "/admin/channels/source/"


@pytest.mark.usefixtures("worker_at_work")
def test_a_list_is_pasted_mapped_imported_and_undone(page: Page, complaints: list[str]) -> None:
    page.goto(SOURCES)
    page.click("text=Add a list")
    page.fill('[name="name"]', "Partner")
    page.fill('[name="text"]', LIST)
    page.click('[name="_save"]')
    page.wait_for_selector("#mapping", timeout=25_000)
    assert figures(page) == {"In the list": 2, "Would be new": 2, "Would change": 0, "Would be gone": 0, "Rejected": 1}
    assert "One" in page.inner_text("#first")
    assert SECRET not in page.content()

    page.select_option('[name="display_name"]', "title")
    page.click("text=Show with this mapping")
    page.wait_for_selector("#first >> text=First", timeout=25_000)
    assert not Channel.objects.exists()

    page.click('button[name="import"]')
    page.wait_for_selector("text=To the channels", timeout=25_000)
    assert figures(page) == {"In the list": 2, "New": 2, "Changed": 0, "Gone": 0, "Rejected": 1}
    assert "Second" in page.inner_text("#added")
    page.click("text=To the source")
    page.goto(SOURCES)
    page.go_back()
    page.click("#runs .links a >> nth=0")

    page.click("text=Undo…")
    page.click('input[value="Undo the import"]')
    page.wait_for_selector("text=Undone: 2 channels deleted")
    assert not Channel.objects.exists()
    assert complaints == []


def test_a_text_too_long_for_a_form_is_sent_as_a_file(page: Page) -> None:
    page.goto(f"{SOURCES}add/")
    page.fill('[name="name"]', "Partner")
    page.fill('[name="text"]', LIST)
    page.evaluate("document.querySelector('[name=text]').dataset.most = 10")

    page.click('[name="_save"]')
    page.wait_for_url("**/importrun/**")

    run = ImportRun.objects.get()
    assert (run.file_name, run.parts.exists()) == ("pasted.m3u", True)
