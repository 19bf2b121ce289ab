"""The tour of docs/tour.md: each of its pictures is taken here, of the pages as they are.

``make tour`` keeps them in docs/images/tour.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.fixtures import Settings

from catalog.models import Package, Tariff
from channels.models import Channel, ImportRun
from demo.auth_service import AuthServiceStandIn
from demo.catalogue import demo_streams
from demo.flussonic import FlussonicStandIn
from demo.seed import seed_catalogue
from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.delivery import deliver_due
from integrations.auth_service.reconcile import reconcile
from integrations.flussonic.client import FlussonicClient
from integrations.flussonic.sync import sync_channels
from playlist_project.history import made_by
from playlist_project.tests import tour_day
from playlist_project.tests.admin_pages import address
from playlist_project.tests.browser import TELEPHONE, in_a_browser
from playlist_project.tests.sources import ROOT
from subscribers.csv.runs import check
from subscribers.models import Subscriber, SubscriberImport
from subscribers.services import extend

TOUR = ROOT / "docs/tour.md"
DESK = {"width": 1280, "height": 800}
CSV = """agreement_number,last_name,first_name,tariffs,valid_until
DEMO-1,Live,Demo,Home,2027-10-31
A-7,New,Ann,Gold,31/12/26
"""
pytestmark = in_a_browser


@pytest.fixture
def _operator(settings: Settings, auth_service: AuthServiceStandIn) -> Iterator[None]:
    """An operator at work: the demo's channels and subscribers, and something that happened."""
    with FlussonicStandIn(demo_streams()) as flussonic, made_by("olga", way="admin"):
        settings.FLUSSONIC_URL = flussonic.url
        settings.FLUSSONIC_AUTH_SECRET = "asked"
        with FlussonicClient.from_settings() as client:
            sync_channels(client, actor="olga")
        seed_catalogue()
        now = timezone.now()
        extend(Subscriber.objects.get(agreement_number="DEMO-3"), days=5, now=now)
        Channel.objects.filter(stream_name="touchline").update(sync_status=Channel.SyncStatus.ORPHANED)
        with AuthServiceClient.from_settings(connections=2) as tokens:
            deliver_due(tokens, seconds=20)
            reconcile(tokens, now=now + timedelta(minutes=1))
        tour_day.happens()
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
        yield


def at(path: str) -> Callable[[Page], None]:
    def go(page: Page) -> None:
        page.goto(path)

    return go


def login(page: Page) -> None:
    page.context.clear_cookies()
    page.goto("/admin/login/")


def channel_list(page: Page) -> None:
    page.goto("/admin/channels/channel/")
    page.locator(".row-packages").nth(3).click()
    expect(page.locator("#package-menu")).to_be_visible()


def preview_of_a_tariff(page: Page) -> None:
    home, more = Tariff.objects.get(name="Home"), Package.objects.get(name="Films and music")
    page.goto(address(Tariff, "change", home.pk))
    page.click(".field-packages .select2-selection")
    page.click(f".select2-results__option:has-text('{more.name}')")
    page.click("input[name=_save]")
    expect(page.locator("#access")).to_be_visible()


def user(page: Page) -> None:
    page.goto(address(Subscriber, "change", Subscriber.objects.get(agreement_number="DEMO-1").pk))


def dry_run(page: Page) -> None:
    page.goto("/admin/subscribers/subscriberimport/add/")
    page.fill("textarea", CSV)
    page.click("input[type=submit], button[type=submit]:has-text('Check')")
    check(SubscriberImport.objects.get())
    page.reload()


def why(page: Page) -> None:
    pk = Subscriber.objects.get(agreement_number="DEMO-1").pk
    page.goto(f"{address(Subscriber, 'why', pk)}?channel={Channel.objects.get(stream_name='touchline').pk}")


def password(page: Page) -> None:
    pk = Subscriber.objects.get(agreement_number="DEMO-1").pk
    page.goto(f"/admin/subscribers/subscriber/{pk}/password/")
    page.click("#content input[type=submit], #content button[type=submit]")


def list_of_channels(page: Page) -> None:
    page.goto(address(ImportRun, "change", ImportRun.objects.get().pk))


STEPS: dict[str, tuple[Callable[[Page], None], dict[str, int], str]] = {
    "channels": (channel_list, DESK, "light"),
    "dashboard": (at("/admin/"), DESK, "light"),
    "dashboard-dark": (at("/admin/"), DESK, "dark"),
    "packages": (at("/admin/catalog/package/"), DESK, "light"),
    "preview": (preview_of_a_tariff, DESK, "light"),
    "users": (at("/admin/subscribers/subscriber/"), DESK, "light"),
    "user": (user, DESK, "light"),
    "why": (why, DESK, "light"),
    "dry-run": (dry_run, DESK, "light"),
    "password": (password, DESK, "light"),
    "statistics": (at("/admin/statistics/"), DESK, "light"),
    "guide": (at("/admin/channels/guidesource/"), DESK, "light"),
    "list": (list_of_channels, DESK, "light"),
    "answers": (at("/admin/integrations/authdecision/"), DESK, "light"),
    "changes": (at("/admin/changes/"), DESK, "light"),
    "telephone": (at("/admin/channels/channel/"), TELEPHONE, "light"),
    "login": (login, DESK, "light"),
}


@pytest.mark.usefixtures("_operator")
def test_every_picture_of_the_tour_is_taken(
    browser: BrowserContext, pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    folder = Path(pytestconfig.getoption("--tour") or tmp_path)
    complaints: list[str] = []
    for name, (show, size, colours) in STEPS.items():
        page = browser.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")  # type: ignore[arg-type]
        show(page)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=folder / f"{name}.png")
        page.close()

    assert complaints == []
    assert {path.stem for path in folder.glob("*.png")} == set(STEPS)


def test_the_tour_shows_every_picture() -> None:
    assert sorted(re.findall(r"\(images/tour/([\w-]+)\.png\)", TOUR.read_text())) == sorted(STEPS)
