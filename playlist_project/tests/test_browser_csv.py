"""Users from a CSV file, in a real browser: upload, dry run, import, result, and the same file again."""

import pytest
from playwright.sync_api import FilePayload, Page

from catalog.tests.factories import make_tariff
from playlist_project.tests.browser import figures, in_a_browser
from subscribers.models import Subscriber
from subscribers.tests.factories import make_subscriber

pytestmark = in_a_browser
USERS = "/admin/subscribers/subscriber/"
ROWS = """agreement_number;last_name;first_name;valid_until;tariffs
A-1;Петрова;;31.12.2026;Basic
A-2;Новый;Иван;;
A-3;Лишний;Пётр;31/12/2026;
"""
FILE = FilePayload(name="users.csv", mimeType="text/csv", buffer=ROWS.encode("cp1251"))


def upload(page: Page) -> None:
    page.goto(USERS)
    page.click("text=Import CSV…")
    page.set_input_files('input[name="file"]', FILE)
    page.click("text=Check the file")
    page.wait_for_selector(".csv-counts", timeout=25_000)


@pytest.mark.usefixtures("worker_at_work")
def test_a_file_is_uploaded_checked_imported_and_unchanged_the_next_time(page: Page, complaints: list[str]) -> None:
    make_subscriber(agreement_number="A-1", last_name="Иванова", tariffs=[])
    make_tariff(name="Basic")
    upload(page)

    assert figures(page) == {"Would be created": 1, "Would change": 1, "Unchanged": 0, "Rejected": 1}
    reject = page.locator("#rejects tbody tr").inner_text().split("\t")
    assert reject[:3] == ["4", "A-3", "valid_until"]
    assert "“31/12/2026” is no date" in reject[3]
    assert "Иванова → Петрова" in page.inner_text("#changed")
    assert Subscriber.objects.get().last_name == "Иванова"

    page.click("button:has-text('Import')")
    page.wait_for_selector("text=To the list of users", timeout=25_000)
    assert figures(page) == {"Created": 1, "Changed": 1, "Unchanged": 0, "Rejected": 1}
    page.click("text=To the list of users")
    assert "Новый Иван" in page.inner_text("#result_list")

    upload(page)
    assert figures(page) == {"Would be created": 0, "Would change": 0, "Unchanged": 2, "Rejected": 1}
    assert page.locator("button:has-text('Import')").count() == 0
    assert complaints == []


def test_what_is_too_large_is_told_before_it_is_sent(page: Page) -> None:
    page.goto("/admin/subscribers/subscriberimport/add/")
    page.evaluate("document.querySelector('[name=file]').dataset.most = 10")
    page.set_input_files('input[name="file"]', FILE)

    page.click("text=Check the file")

    assert "larger than 20" in str(page.evaluate("document.querySelector('[name=file]').validationMessage"))
    assert page.url.endswith("/add/")
