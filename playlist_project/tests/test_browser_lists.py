"""A list of channels in a real browser: given in each way, looked at, mapped, imported by the worker, undone."""

import gzip
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from pytest_django.fixtures import Settings

from channels.models import Channel, ImportRun
from channels.tests.lists_in_admin import LIST, SECRET
from demo.http_server import Reply
from integrations.tests.guide.feed_server import feed_host
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


@pytest.fixture
def private_addresses(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pages and the worker fetch from this host."""
    settings.ALLOW_PRIVATE_ADDRESSES = True
    monkeypatch.setenv("ALLOW_PRIVATE_ADDRESSES", "true")


@pytest.mark.usefixtures("private_addresses", "worker_at_work")
def test_a_list_is_fetched_cancelled_read_again_imported_and_followed_by_a_file(
    page: Page, complaints: list[str]
) -> None:
    may_end = threading.Event()

    def slowly() -> Iterator[bytes]:
        while not may_end.wait(0.1):
            yield b"# more will follow\n" * 1_000
        yield LIST.encode()

    with feed_host() as host:
        host.replies["/get.php"] = Reply(pieces=slowly)
        page.goto(f"{SOURCES}add/")
        page.fill('[name="name"]', "Partner")
        page.fill('[name="address"]', f"{host.url}/get.php?username=anna&password={SECRET}")
        page.click('[name="_save"]')
        page.wait_for_selector("#list-progress-text >> text=MB have come", timeout=25_000)
        page.click("text=Cancel the import")
        page.wait_for_selector("#list-ended >> text=It was cancelled.", timeout=25_000)
        may_end.set()
        page.click("text=Read it again")
        page.wait_for_selector("#mapping", timeout=25_000)
        assert SECRET not in page.content()

    page.click('button[name="import"]')
    page.wait_for_selector("text=To the channels", timeout=25_000)
    with page.expect_download() as download:
        page.click("text=Download them all as CSV")
    rejects = download.value.path().read_text("utf-8-sig")
    assert "addresses of this kind cannot be played" in rejects
    assert SECRET not in rejects

    page.click("text=To the source")
    newer = gzip.compress(LIST.replace('tvg-name="Two"', 'tvg-name="Too"').encode())
    page.set_input_files('[name="upload"]', {"name": "newer.m3u.gz", "mimeType": "", "buffer": newer})
    page.click('[name="_save"]')
    page.wait_for_selector("#mapping", timeout=25_000)
    assert figures(page)["Would change"] == 1
    page.click("text=Discard it")
    page.wait_for_selector("#list-ended >> text=It was cancelled.")
    assert set(Channel.objects.values_list("display_name", flat=True)) == {"One", "Two"}
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
