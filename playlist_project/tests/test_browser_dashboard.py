"""The front page in a real browser: a sync shows that it runs and how it ended, and asks before it is forced."""

from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Page, expect

from channels.models import Channel
from channels.tests.factories import make_channels
from demo.auth_service import AuthServiceStandIn
from demo.flussonic import FlussonicStandIn
from integrations.flussonic.sync import SYNC_LOCK, SyncRunning
from integrations.models import Run, SyncRun
from integrations.runs import alone
from playlist_project.tests.browser import in_a_browser, toast
from subscribers.tests.factories import make_subscriber

# Of a page that is being left, nothing can be asked any more.
REMEMBER_BUTTON = """() => document.addEventListener('submit', event => setTimeout(() => {
    sessionStorage.button = event.target.querySelector('button').textContent;
}))"""
pytestmark = in_a_browser


def test_a_sync_shows_that_it_runs_and_then_its_result(page: Page, flussonic: FlussonicStandIn) -> None:
    page.goto("/admin/")
    page.evaluate(REMEMBER_BUTTON)
    page.click("#flussonic button")

    expect(toast(page, "success")).to_contain_text("Synced with Flussonic: 1 streams, 1 new")
    expect(page.locator("#flussonic")).to_contain_text("1 synced, 0 orphaned")
    assert page.evaluate("sessionStorage.button") == "Syncing…"
    assert Channel.objects.get().stream_name == "news"


def test_a_sync_that_would_orphan_much_shows_the_names_and_is_forced_on_request(
    page: Page, flussonic: FlussonicStandIn
) -> None:
    make_channels(10)
    page.goto("/admin/")
    page.click("#flussonic button")

    expect(page.locator("h1")).to_have_text("This sync was refused")
    expect(page.locator(".names").first).to_contain_text(str(Channel.objects.first().stream_name))  # type: ignore[union-attr]
    page.get_by_role("button", name="Sync anyway").click()

    expect(toast(page, "success")).to_contain_text("10 orphaned")
    assert Channel.objects.orphaned().count() == 10


def test_a_sync_of_somebody_else_is_waited_for(page: Page, flussonic: FlussonicStandIn) -> None:
    with alone(SYNC_LOCK, SyncRunning()):
        run = SyncRun.objects.create()
        page.goto("/admin/")
        expect(page.locator("#flussonic button")).to_be_disabled()
        SyncRun.objects.filter(pk=run.pk).update(state=Run.State.DONE, total=7)

    expect(page.locator("#flussonic button")).to_have_text("Sync from Flussonic", timeout=10_000)
    expect(page.locator("#flussonic")).to_contain_text("7 streams")


def test_a_reconciliation_tells_its_drift(page: Page, auth_service: AuthServiceStandIn) -> None:
    make_subscriber()
    page.goto("/admin/")

    page.click("#auth-service button")

    expect(page.locator("#toasts li")).to_be_visible()
    expect(page.locator("#auth-service")).to_contain_text("done")


def test_good_news_can_be_closed_and_is_read_out(page: Page, flussonic: FlussonicStandIn) -> None:
    page.goto("/admin/")
    page.click("#flussonic button")

    expect(page.locator("#announcer[aria-live=polite]")).to_contain_text("Synced with Flussonic")
    page.get_by_label("Close this message").click()
    expect(page.locator("#toasts li")).to_have_count(0)


def test_the_language_is_chosen_on_any_page_and_kept(page: Page) -> None:
    page.goto("/admin/channels/group/")
    page.get_by_label("Language").select_option("ru")

    expect(page.locator("html")).to_have_attribute("lang", "ru")
    assert page.url.endswith("/admin/channels/group/")
    page.goto("/admin/")
    expect(page.locator("h1")).to_have_text("Обзор")


def test_staff_log_in_on_the_branded_page(page: Page, client: Client) -> None:
    get_user_model().objects.create_superuser("olga", password="correct horse")
    page.context.clear_cookies()
    page.goto("/login")
    expect(page.locator("h1")).to_have_text("Playlist Service")

    page.fill("[name=username]", "olga")
    page.fill("[name=password]", "correct horse")
    page.click("[type=submit]")

    expect(page.locator("h1")).to_have_text("Dashboard")
