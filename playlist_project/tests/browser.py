"""A real browser for tests, in which staff have logged in."""

import shutil
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from playwright.sync_api import BrowserContext, Locator, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from channels.models import Channel, Group
from playlist_project.tests.processes import forget_all_jobs, start_command

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Of every module whose tests use it: they share one worker, as each browser wants a core of its own.
in_a_browser: list[Any] = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: apt-get install chromium"),
    pytest.mark.xdist_group("browser"),
]
TELEPHONE = {"width": 390, "height": 844}


@pytest.fixture
def browser(live_server: LiveServer, admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[BrowserContext]:
    """A browser in which staff have logged in."""
    # Playwright runs an event loop in this thread, in which Django would refuse to ask the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = chromium.new_context(base_url=live_server.url, locale="en")
        log_in(context, admin_client, live_server.url)
        yield context
        chromium.close()
        connections.close_all()  # inside the loop Django has a connection of its own


@pytest.fixture
def page(browser: BrowserContext) -> Page:
    return browser.new_page()


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser's console says against the pages."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


@pytest.fixture
def worker_at_work(page: Page) -> Iterator[None]:
    """A worker that takes up what the pages ask for."""
    forget_all_jobs()
    with start_command("worker") as worker:
        yield
        worker.send_signal(signal.SIGTERM)
        worker.communicate(timeout=40)


def figures(page: Page) -> dict[str, int]:
    """Return the figures on the cards of an import."""
    cards = page.locator(".csv-counts .card")
    texts = [cards.nth(number).inner_text().split() for number in range(cards.count())]
    return {" ".join(words[:-1]): int(words[-1]) for words in texts}


def log_in(context: BrowserContext, client: Client, url: str) -> None:
    """Give the browser the session of a test client, in the place of any that it has."""
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.clear_cookies(name=cookie.key)
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])


SEND = """([address, fields]) => {
    const form = Object.assign(document.createElement("form"), {method: "post", action: address});
    for (const [name, value] of fields) {
        form.append(Object.assign(document.createElement("input"), {type: "hidden", name, value}));
    }
    document.body.append(form);
    form.submit();
}"""


def send(page: Page, address: str, fields: dict[str, Any]) -> None:
    """Show the page that comes by posting these fields; a field may have a list of values."""
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    values = [
        [name, str(value)]
        for name, given in {"csrfmiddlewaretoken": token, **fields}.items()
        for value in (given if isinstance(given, list) else [given])
    ]
    with page.expect_navigation():
        page.evaluate(SEND, [address, values])


def handle(page: Page, row: Channel | Group) -> Locator:
    return page.locator(f'div.handle[pk="{row.pk}"]')


def drag(page: Page, row: Channel | Group, onto: Channel | Group) -> None:
    """Drag by hand: the sorting script wants to see the mouse on its way."""
    start, end = handle(page, row).bounding_box(), handle(page, onto).bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(end["x"] + 5, end["y"] + 5, steps=12)
    page.wait_for_timeout(300)  # the rows glide into their places
    page.mouse.up()


def toast(page: Page, level: str) -> Locator:
    return page.locator(f"#toasts .{level}")
