"""The admin as a whole: its bar, its front page, its addresses, and that every page can be shown and stays quick."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects
from pytest_django.fixtures import Settings

from catalog.tests.factories import make_package
from channels.models import Channel
from channels.tests.admin_steps import staff_client
from channels.tests.factories import make_channel
from integrations.models import ReconcileRun, Run, SyncRun
from playlist_project.dashboard import snapshot
from playlist_project.tests.admin_pages import EDITABLE, MODELS, address, make_rows
from subscribers.models import OutboxEntry
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
Model = type[models.Model]


def queries_of(take: Callable[[], Any]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        take()
    return [query["sql"] for query in captured]


PRODUCTION_FILES = {
    **django_settings.STORAGES,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with all static files under names with a hash, as a server in production has them."""
    folder = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=folder, STORAGES=PRODUCTION_FILES):
        call_command("collectstatic", interactive=False, verbosity=0)
    return folder


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_list_and_form_is_shown_with_the_files_of_production(
    admin_client: Client, collected: Path, settings: Settings, model: Model
) -> None:
    settings.STATIC_ROOT, settings.STORAGES = collected, PRODUCTION_FILES
    make_rows(2)
    row = model._default_manager.all()[0]

    for page in (address(model, "changelist"), address(model, "change", row.pk)):
        assertContains(admin_client.get(page, follow=True), "/static/playlist_project/admin.")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_list_takes_the_same_queries_for_2_rows_and_20(admin_client: Client, model: Model) -> None:
    make_rows(2)
    page = address(model, "changelist")
    admin_client.get(page)
    few = queries_of(lambda: admin_client.get(page))

    make_rows(18)
    many = queries_of(lambda: admin_client.get(page))

    assert len(many) == len(few), "\n".join(many)


@pytest.mark.parametrize("model", EDITABLE, ids=lambda model: model._meta.label)
def test_every_list_asks_before_it_deletes_what_was_chosen(admin_client: Client, model: Model) -> None:
    make_rows(2)
    row = model._default_manager.last()
    assert row
    before = model._default_manager.count()
    data = {"action": "delete_selected", "_selected_action": row.pk}

    page = admin_client.post(address(model, "changelist"), data).content.decode()
    assert model._default_manager.count() == before

    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', page))
    admin_client.post(address(model, "changelist"), hidden)
    assert not model._default_manager.filter(pk=row.pk).exists()
    assert model._default_manager.count() == before - 1


@pytest.mark.parametrize("page", ["", "channels/channel/", "catalog/tariff/add/", "subscribers/subscriber/add/"])
def test_the_bar_is_on_every_page(admin_client: Client, page: str) -> None:
    bar = admin_client.get(f"/admin/{page}").context["bar"]

    assert [entry["title"] for entry in bar] == ["Dashboard", "Channels", "Groups", "Packages & Tariffs", "Users"]
    assert sum(entry["current"] for entry in bar) == 1


def test_the_bar_leads_only_where_the_account_may_go() -> None:
    page = staff_client("view_channel").get("/admin/")

    assert [entry["title"] for entry in page.context["bar"]] == ["Dashboard", "Channels"]
    assertNotContains(page, "Sync from Flussonic")
    assertNotContains(page, "may watch now")


@pytest.mark.parametrize(
    ("short", "page"),
    [
        ("/", "/admin/"),
        ("/channels", "/admin/channels/channel/"),
        ("/groups", "/admin/channels/group/"),
        ("/packages", "/admin/catalog/package/"),
        ("/users", "/admin/subscribers/subscriber/"),
        ("/users?q=anna", "/admin/subscribers/subscriber/?q=anna"),
        ("/admin/catalog/", "/admin/"),
    ],
)
def test_short_addresses_lead_into_the_admin(admin_client: Client, short: str, page: str) -> None:
    assertRedirects(admin_client.get(short), page)


def test_a_subscribers_short_address_leads_to_its_page(admin_client: Client) -> None:
    pk = make_subscriber().pk

    assertRedirects(admin_client.get(f"/users/{pk}"), f"/admin/subscribers/subscriber/{pk}/change/")


def test_the_login_is_found_at_its_short_address(client: Client) -> None:
    assertContains(client.get("/login", follow=True), "Playlist Service")


def test_the_front_page_counts(admin_client: Client) -> None:
    make_package(channels=[make_channel()])
    make_channel()
    make_channel(sync_status=Channel.SyncStatus.ORPHANED)
    make_subscriber()
    make_subscriber(status="disabled")

    figures = snapshot()
    page = admin_client.get("/admin/")

    assert (figures.channels, figures.channels_synced, figures.channels_orphaned) == (3, 2, 1)
    assert (figures.subscribers, figures.subscribers_who_may_watch) == (2, 1)
    assertContains(page, "2 in no package")
    assertContains(page, "1 orphaned")


def test_the_front_page_says_what_is_not_configured(admin_client: Client) -> None:
    page = admin_client.get("/admin/")

    assertContains(page, '<span class="mark mark-off">not configured</span>', count=2, html=True)
    assertNotContains(page, "Sync from Flussonic</button>")
    assertNotContains(page, "Reconcile</button>")


def test_the_front_page_tells_of_runs_and_failures(admin_client: Client, settings: Settings) -> None:
    settings.FLUSSONIC_URL = settings.AUTH_SERVICE_URL = "http://remote.example.com"
    now = timezone.now()
    SyncRun.objects.create(state=Run.State.DONE, total=40, new=3, started_at=now - timedelta(hours=2))
    SyncRun.objects.create(state=Run.State.FAILED, error="It did not answer.")
    ReconcileRun.objects.create(state=Run.State.DONE, compared=9, missing=1, different=2)
    make_subscriber()
    OutboxEntry.objects.update(failing_since=now)

    page = admin_client.get("/admin/")

    for words in ("40 streams: 3 new", "It did not answer.", "Last good one", "3 of 9 tokens", "1 token, for"):
        assertContains(page, words)
    assertContains(page, "Sync from Flussonic</button>")
    assertContains(page, "none has been seen")


def test_the_figures_take_the_same_queries_for_2_rows_and_20() -> None:
    make_rows(2)
    few = queries_of(snapshot)

    make_rows(18)

    assert len(queries_of(snapshot)) == len(few) <= 17


def test_models_beside_the_main_pages_are_sorted_by_task(admin_client: Client) -> None:
    sections = admin_client.get("/admin/").context["sections"]

    headings = ["Statistics", "Flussonic and Auth Service", "Staff", "History"]
    assert [section["heading"] for section in sections] == headings
    assert [model["name"] for model in sections[2]["models"]] == ["Staff accounts", "Roles", "API tokens"]


def test_the_front_page_names_who_ends_soon_the_first_to_end_first(admin_client: Client) -> None:
    now = timezone.now()
    later, sooner = (make_subscriber(valid_until=now + timedelta(days=days)) for days in (6, 2))
    for end in (now + timedelta(days=8), now - timedelta(days=1), None):
        make_subscriber(valid_until=end)
    make_subscriber(valid_until=now + timedelta(days=3), status="disabled")

    page = admin_client.get("/admin/")

    assert (list(page.context["ending"]), page.context["ending_total"]) == ([sooner, later], 2)


def test_the_front_page_tells_the_last_changes_by_whom_and_how(admin_client: Client) -> None:
    admin_client.post("/admin/channels/group/add/", {"name": "News"})

    assertContains(admin_client.get("/admin/"), "Group <a")
    assertContains(admin_client.get("/admin/"), "admin, by the admin")


def test_the_front_page_takes_the_same_queries_for_2_rows_and_20(admin_client: Client) -> None:
    make_rows(2)
    admin_client.get("/admin/")
    few = queries_of(lambda: admin_client.get("/admin/"))

    make_rows(18)

    assert len(queries_of(lambda: admin_client.get("/admin/"))) == len(few)
