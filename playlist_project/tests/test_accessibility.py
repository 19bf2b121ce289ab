"""axe-core finds no serious fault on any page of the staff, in light and dark, on a desk and on a telephone."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page
from pytest_django.fixtures import Settings

from playlist_project.tests.admin_pages import addresses, make_rows, steps
from playlist_project.tests.browser import TELEPHONE, in_a_browser, send
from playlist_project.tests.faults import taken_away
from playlist_project.tests.sources import ROOT

AXE = Path(ROOT, ".local/node/node_modules/axe-core/axe.min.js")
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
# After what the page's own scripts do once it is loaded.
RUN = """new Promise(go => setTimeout(go, 20)).then(
    () => axe.run(document, {resultTypes: ['violations'], preload: false})
)"""
SERIOUS = {"serious", "critical"}
pytestmark = [
    *in_a_browser,
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: make node"),
]


def faults_of(page: Page) -> list[str]:
    """Return what axe-core takes for serious, with where it is."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    result: dict[str, Any] = page.evaluate(RUN)
    return [
        f"{page.url}: {fault['id']}: {node['html'][:160]} {node['any'][:1]}"
        for fault in result["violations"]
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]


@pytest.mark.usefixtures("flussonic", "auth_service")
@pytest.mark.parametrize(
    ("colours", "size"),
    [
        pytest.param("light", {"width": 1280, "height": 900}, id="light"),
        pytest.param("dark", TELEPHONE, id="dark, telephone"),
    ],
)
def test_no_page_has_a_serious_fault_or_is_wider_than_the_screen(page: Page, colours: Any, size: Any) -> None:
    make_rows(2)
    page.add_init_script(path=AXE)  # sent once, and not to each page
    page.emulate_media(color_scheme=colours, reduced_motion="reduce")
    page.set_viewport_size(size)
    pages: list[tuple[str, Any]] = [*((where, None) for where in addresses()), *steps()]
    faults = []
    for where, fields in pages:
        page.goto(where) if fields is None else send(page, where, fields)
        faults += faults_of(page)
        if (width := page.evaluate("document.documentElement.scrollWidth")) > size["width"]:
            faults.append(f"{where} {fields or ''} is {width} pixels wide")

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


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_login_has_no_serious_fault_nor_what_it_ends_in(
    page: Page, browser: BrowserContext, settings: Settings, colours: Any
) -> None:
    settings.AXES_FAILURE_LIMIT = 1
    page.emulate_media(color_scheme=colours)
    browser.clear_cookies()
    page.goto("/admin/login/")
    faults = faults_of(page)
    page.fill("#id_username", "admin")
    page.fill("#id_password", "wrong")
    page.click("input[type=submit]")
    page.wait_for_selector("h1:has-text('Too many failed logins')")

    assert faults + faults_of(page) == []


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_page_of_a_fault_has_none_of_its_own(page: Page, colours: Any) -> None:
    page.emulate_media(color_scheme=colours)
    with taken_away("django_session"):
        page.goto("/admin/")

    assert page.inner_text("h1") == "Something went wrong here"
    assert faults_of(page) == []


def test_a_page_with_a_fault_is_seen(page: Page) -> None:
    page.goto("/admin/")
    page.evaluate("document.querySelector('#flussonic h2').outerHTML = '<select></select>'")

    assert "select-name" in " ".join(faults_of(page))
