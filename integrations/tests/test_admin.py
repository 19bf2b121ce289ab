"""The buttons of the remote systems, and the records of their runs."""

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects
from pytest_django.fixtures import Settings

from channels.models import Channel
from channels.tests.admin_steps import staff_client
from channels.tests.factories import make_channels
from demo.auth_service import AuthServiceStandIn
from demo.flussonic import FlussonicStandIn
from integrations.auth_service.reconcile import RECONCILE_LOCK
from integrations.flussonic.sync import SYNC_LOCK
from integrations.models import ReconcileRun, RemoteToken, SyncRun
from integrations.runs import alone
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
SYNC = "/admin/integrations/syncrun/start/"
RECONCILE = "/admin/integrations/reconcilerun/start/"


@pytest.fixture
def flussonic(settings: Settings) -> Iterator[FlussonicStandIn]:
    with FlussonicStandIn([{"name": "news", "title": "News", "named_by": "config", "static": True}]) as stand_in:
        settings.FLUSSONIC_URL = stand_in.url
        yield stand_in


def test_the_sync_button_brings_channels_and_the_result(admin_client: Client, flussonic: FlussonicStandIn) -> None:
    page = admin_client.post(SYNC, {"next": "/admin/channels/channel/"}, follow=True)

    assertRedirects(page, "/admin/channels/channel/")
    assertContains(page, "Synced with Flussonic: 1 streams, 1 new, 0 changed, 0 orphaned.")
    assert (Channel.objects.get().stream_name, SyncRun.objects.get().actor) == ("news", "admin")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        pytest.param(SYNC, "FLUSSONIC_URL is not set", id="Flussonic"),
        pytest.param(RECONCILE, "AUTH_SERVICE_URL is not set", id="Auth Service"),
    ],
)
def test_a_remote_that_is_not_configured_is_named(admin_client: Client, address: str, message: str) -> None:
    assertContains(admin_client.post(address, follow=True), message)


def test_a_sync_that_fails_is_told_as_an_error(admin_client: Client, flussonic: FlussonicStandIn) -> None:
    flussonic.faults.fail_next = 100

    assertContains(admin_client.post(SYNC, follow=True), '<li class="error">')


def test_a_sync_that_would_orphan_too_many_asks_first(admin_client: Client, flussonic: FlussonicStandIn) -> None:
    gone = make_channels(10)

    page = admin_client.post(SYNC, {"next": "/admin/channels/channel/"})
    assertContains(page, "10 of 10 channels would be orphaned")
    assertContains(page, gone[0].stream_name)
    assert not Channel.objects.orphaned().exists()

    answer = {"force": "1", "next": page.context["fields"]["next"]}
    assertRedirects(admin_client.post(SYNC, answer), "/admin/channels/channel/")
    assert Channel.objects.orphaned().count() == 10


def test_nobody_is_led_to_another_site(admin_client: Client) -> None:
    assertRedirects(admin_client.post(SYNC, {"next": "https://evil.example.com/"}), "/admin/")


@pytest.mark.parametrize("address", [SYNC, RECONCILE])
def test_runs_are_started_by_post_only(admin_client: Client, address: str) -> None:
    assert admin_client.get(address).status_code == 405


@pytest.mark.parametrize("address", [SYNC, RECONCILE])
def test_who_may_change_nothing_starts_nothing(address: str) -> None:
    assert staff_client("view_syncrun", "view_channel", "view_subscriber").post(address).status_code == 403
    assert not SyncRun.objects.exists()


def test_the_reconcile_button_tells_the_drift(admin_client: Client, auth_service: AuthServiceStandIn) -> None:
    auth_service.add("nobody-here-has-this", user_id="A-0")

    page = admin_client.post(RECONCILE, follow=True)

    assertContains(page, "1 of 1 tokens differ and will be delivered again.")
    assert (ReconcileRun.objects.get().extra, ReconcileRun.objects.get().actor) == (1, "admin")


def test_the_reconcile_button_tells_that_all_is_well(admin_client: Client, auth_service: AuthServiceStandIn) -> None:
    assertContains(admin_client.post(RECONCILE, follow=True), "All 0 tokens at the Auth Service are as they should be.")


@pytest.mark.parametrize("model", ["syncrun", "reconcilerun", "remotetoken"])
def test_records_are_only_shown(admin_client: Client, model: str) -> None:
    SyncRun.objects.create()
    ReconcileRun.objects.create()
    address = f"/admin/integrations/{model}/"

    assert admin_client.get(address).status_code == 200
    assert admin_client.get(f"{address}add/").status_code == 403


def test_what_the_auth_service_holds_is_listed_without_tokens(
    admin_client: Client, auth_service: AuthServiceStandIn
) -> None:
    subscriber = make_subscriber(agreement_number="A-55")
    admin_client.post(f"/admin/subscribers/subscriber/{subscriber.pk}/deliver/")

    address = "/admin/integrations/remotetoken/"
    for page in (address, f"{address}{RemoteToken.objects.get().pk}/change/"):
        assertContains(admin_client.get(page), "A-55")
        assertNotContains(admin_client.get(page), subscriber.token)


@pytest.mark.parametrize(("lock", "run"), [(SYNC_LOCK, "syncrun"), (RECONCILE_LOCK, "reconcilerun")])
def test_a_page_can_ask_whether_one_is_at_work(admin_client: Client, lock: int, run: str) -> None:
    where = f"/admin/integrations/{run}/running/"

    with alone(lock, RuntimeError()):
        assert admin_client.get(where).json() == {"running": True}
    assert admin_client.get(where).json() == {"running": False}


def test_a_run_that_was_killed_holds_up_nobody(admin_client: Client) -> None:
    SyncRun.objects.create()  # says that it is running

    assert admin_client.get("/admin/integrations/syncrun/running/").json() == {"running": False}
    assert not admin_client.get("/admin/").context["snapshot"].sync_runs


def test_only_who_may_sync_asks_whether_one_runs() -> None:
    assert staff_client("view_channel").get("/admin/integrations/syncrun/running/").status_code == 403
