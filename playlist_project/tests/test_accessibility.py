"""axe-core finds no serious fault on any page of the staff, in light and dark, on a desk and on a telephone."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page

from playlist_project.tests.admin_pages import addresses, make_rows
from playlist_project.tests.browser import TELEPHONE, in_a_browser
from playlist_project.tests.sources import ROOT

AXE = Path(ROOT, ".local/node/node_modules/axe-core/axe.min.js")
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
SERIOUS = {"serious", "critical"}
pytestmark = [
    *in_a_browser,
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: make node"),
]


def faults_of(page: Page) -> list[str]:
    """Return what axe-core takes for serious, with where it is."""
    page.evaluate(AXE.read_text())
    result: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{page.url}: {fault['id']}: {node['html'][:160]} {node['any'][:1]}"
        for fault in result["violations"]
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize(
    ("colours", "size"),
    [
        pytest.param("light", {"width": 1280, "height": 900}, id="light"),
        pytest.param("dark", TELEPHONE, id="dark, telephone"),
    ],
)
def test_no_page_has_a_serious_fault_or_is_wider_than_the_screen(page: Page, colours: Any, size: Any) -> None:
    make_rows(2)
    page.emulate_media(color_scheme=colours, reduced_motion="reduce")
    page.set_viewport_size(size)
    faults = []
    for where in addresses():
        page.goto(where)
        faults += faults_of(page)
        if (width := page.evaluate("document.documentElement.scrollWidth")) > size["width"]:
            faults.append(f"{where} is {width} pixels wide")

    assert faults == []


def test_dark_is_chosen_by_a_button_and_kept(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/admin/")
    light = page.evaluate(BACKGROUND)

    page.locator(".theme-toggle").click()  # from auto, on a light screen, to dark
    assert page.evaluate(BACKGROUND) != light
    page.goto("/admin/channels/channel/")

    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate(BACKGROUND) != light


def test_the_login_has_no_serious_fault(page: Page, browser: BrowserContext, client: Client) -> None:
    browser.clear_cookies()
    page.goto("/admin/login/")

    assert faults_of(page) == []


def test_a_page_with_a_fault_is_seen(page: Page) -> None:
    page.goto("/admin/")
    page.evaluate("document.querySelector('#flussonic h2').outerHTML = '<select></select>'")

    assert "select-name" in " ".join(faults_of(page))
