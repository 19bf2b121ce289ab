"""Subscribers in a real browser: made, extended, told their token, given and taken single channels."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from catalog.tests.factories import make_package, make_tariff
from channels.tests.factories import make_channel, make_channels
from playlist_project.tests.browser import in_a_browser
from subscribers.models import Subscriber
from subscribers.tests.factories import make_subscriber
from subscribers.tests.test_admin import SUBSCRIBERS, page_of

pytestmark = in_a_browser


def pick(page: Page, field: str, words: str) -> None:
    """Search in a drop-down and take what is found."""
    page.click(f".field-{field} .select2-selection")
    page.locator(f".field-{field} .select2-search__field, .select2-container--open .select2-search__field").last.fill(
        words
    )
    page.click(f".select2-results__option:has-text('{words}')")


def begin(page: Page, action: str, rows: list[Subscriber]) -> None:
    page.goto(SUBSCRIBERS)
    for row in rows:
        page.check(f'input[name="_selected_action"][value="{row.pk}"]')
    page.select_option('select[name="action"]', action)
    page.click('button[name="index"]')


def test_a_subscriber_is_made_with_a_tariff_and_gets_its_playlist(page: Page) -> None:
    channels = make_channels(3)
    make_channel(stream_name="not-theirs")
    make_tariff(name="Premium", packages=[make_package(name="Sport", channels=channels)])
    page.goto(f"{SUBSCRIBERS}add/")
    for name, value in (("last_name", "Иванова"), ("first_name", "Анна"), ("agreement_number", "A-100")):
        page.fill(f"#id_{name}", value)
    page.fill("#id_valid_until_0", "2099-12-31")
    pick(page, "tariffs", "Premium")
    page.click('input[name="_continue"]')
    page.wait_for_selector("#resolved")
    assert page.locator("#resolved .paths").all_inner_texts() == ["tariff Premium → package Sport"] * 3

    with page.expect_download() as download:
        page.click(".box a:has-text('Download')")

    text = Path(download.value.path()).read_text()
    token = Subscriber.objects.get().token
    streams = [line.rsplit("/", 2)[1] for line in text.splitlines() if line.startswith("http")]
    assert streams == [channel.stream_name for channel in channels]
    assert text.count(f"token={token}") == 3


def test_subscribers_are_extended_by_the_action(page: Page) -> None:
    now = timezone.now()
    running, lapsed = (make_subscriber(valid_until=now + timedelta(days=days)) for days in (10, -10))
    endless = make_subscriber()
    begin(page, "extend", [running, lapsed, endless])
    assert "1 has no end" in page.inner_text("#touched")

    page.fill("#id_days", "31")
    page.click("text=Extend 2 subscribers")
    page.click(".messagelist a")

    page.wait_for_url("**changed_in=**")
    assert page.locator("#result_list tbody tr").count() == 2
    running.refresh_from_db()
    assert running.valid_until == now + timedelta(days=41)


def test_a_tariff_is_given_by_the_action(page: Page) -> None:
    tariff, subscriber = make_tariff(name="Premium"), make_subscriber()
    begin(page, "add_tariff", [subscriber])
    page.click(".narrow .select2-selection")
    page.click(".select2-results__option:has-text('Premium')")
    page.click("text=Next")
    page.click("text=Give it to 1 subscriber")

    assert "1 subscriber got the tariff Premium." in page.inner_text(".messagelist")
    assert subscriber.tariffs.get() == tariff


def test_the_token_is_copied_and_that_is_said(browser: BrowserContext, page: Page) -> None:
    browser.grant_permissions(["clipboard-read", "clipboard-write"])
    subscriber = make_subscriber()
    page.goto(page_of(subscriber))

    page.click('[data-copy="token"]')

    page.wait_for_selector('[role="status"]:has-text("Copied")')
    assert page.evaluate("navigator.clipboard.readText()") == subscriber.token


def test_where_there_is_no_clipboard_the_token_is_selected(page: Page) -> None:
    subscriber = make_subscriber()
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto(page_of(subscriber))

    page.click('[data-copy="token"]')

    page.wait_for_selector('[role="status"]:not(:empty)')
    assert page.evaluate("window.getSelection().toString()") == subscriber.token


def test_one_of_400_channels_is_taken_away_and_another_given(page: Page) -> None:
    own, old, new = make_channels(399), make_channel(display_name="Of old"), make_channel(display_name="Brand new")
    subscriber = make_subscriber(channels=[*own, old])
    page.goto(page_of(subscriber))
    assert page.locator("#subscriber_form input, #subscriber_form option").count() < 60

    pick(page, "add_channels", "Brand new")
    pick(page, "remove_channels", "Of old")
    page.click('input[name="_continue"]')

    page.wait_for_selector(".messagelist")
    assert set(subscriber.channels.all()) == {*own, new}


def test_one_of_many_tariffs_is_searched_for_in_the_filter(page: Page) -> None:
    tariffs = [make_tariff(name=f"Tariff number {number}") for number in range(16)]
    make_subscriber()
    wanted = make_subscriber(tariffs=tariffs[7:8])
    page.goto(SUBSCRIBERS)

    page.click(".filter-search .select2-selection")
    page.fill(".select2-search__field", "number 7")
    page.click(".select2-results__option:has-text('Tariff number 7')")
    page.click(".filter-search button")

    page.wait_for_url("**tariffs__id__exact=**")
    assert page.locator("#result_list tbody .field-agreement_number").all_inner_texts() == [wanted.agreement_number]


@pytest.mark.parametrize("width", [1280, 390])
def test_pages_of_subscribers_keep_to_their_policy_and_their_width(page: Page, width: int) -> None:
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{page.url}: {message.text}")

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.set_viewport_size({"width": width, "height": 800})
    for _ in range(16):
        make_tariff()
    subscriber = make_subscriber(packages=[make_package(channels=make_channels(101))])
    for address in (SUBSCRIBERS, f"{SUBSCRIBERS}?q=nobody", page_of(subscriber), page_of(subscriber, "channels")):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address
    for action in ("disable", "extend", "add_tariff"):
        begin(page, action, [subscriber])
        page.wait_for_selector("form.narrow")

    assert complaints == []
