"""What Prometheus is told, and to whom."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpRequest, StreamingHttpResponse
from django.test import Client
from django.urls import include, path
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from channels.models import GuideRun, GuideSource, ImportRun
from channels.sources import create_list
from integrations.models import PushedStream, ReconcileRun, Run, SyncRun
from playlist_project.metrics import REQUEST_SECONDS
from subscribers.models import OutboxEntry, SessionCheck, SessionWatch, Subscriber
from subscribers.tests.factories import make_subscriber

TOKEN = "metrics-token-of-this-test"
Scrape = Callable[[], dict[str, float]]


@pytest.fixture
def scrape(client: Client, settings: Settings) -> Scrape:
    """Return every sample by its name and labels, as in the text."""
    settings.METRICS_TOKEN = TOKEN

    def read() -> dict[str, float]:
        response = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
        assert response.status_code == 200
        lines = (line for line in response.content.decode().splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    return read


def requests_counted(route: str, *, method: str = "GET", status: str = "2xx") -> float:
    """Return how often a route was measured so far, in this process."""
    labels = {"route": route, "method": method, "status": status}
    counts = [
        s.value
        for m in REQUEST_SECONDS.collect()
        for s in m.samples
        if s.name.endswith("_count") and s.labels == labels
    ]
    return sum(counts)


def stream(request: HttpRequest, **parts: str) -> StreamingHttpResponse:
    def body() -> Iterator[str]:
        yield "#EXTM3U\n"

    return StreamingHttpResponse(body())


urlpatterns = [path("streams/<str:token>", stream), path("", include("playlist_project.urls"))]


@pytest.mark.parametrize(
    ("authorization", "status"),
    [({}, 401), ({"authorization": "Bearer wrong"}, 401), ({"authorization": TOKEN}, 401)],
    ids=["none", "wrong", "not a bearer"],
)
def test_metrics_are_for_those_who_know_the_token(
    client: Client, settings: Settings, authorization: dict[str, str], status: int
) -> None:
    settings.METRICS_TOKEN = TOKEN

    assert client.get("/metrics", headers=authorization).status_code == status


def test_metrics_are_nowhere_while_no_token_is_set(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""

    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize(
    ("address", "route", "status"),
    [
        ("/healthz", "healthz", "2xx"),
        ("/metrics", "metrics", "4xx"),
        ("/no/such/address", "(no route)", "4xx"),
        ("/streams/s3cr3t", "streams/<str:token>", "2xx"),
    ],
)
@pytest.mark.urls(__name__)
def test_requests_are_counted_by_route(client: Client, address: str, route: str, status: str) -> None:
    before = requests_counted(route, status=status)

    b"".join(client.get(address))

    assert requests_counted(route, status=status) == before + 1


@pytest.mark.urls(__name__)
def test_a_stream_is_measured_to_its_end(client: Client) -> None:
    before = requests_counted("streams/<str:token>")

    response = client.get("/streams/1")
    in_between = requests_counted("streams/<str:token>")
    b"".join(response)

    assert (in_between, requests_counted("streams/<str:token>")) == (before, before + 1)


def test_made_up_methods_share_a_label(client: Client) -> None:
    before = requests_counted("healthz", method="other", status="4xx")

    client.generic("BREW", "/healthz")

    assert requests_counted("healthz", method="other", status="4xx") == before + 1


@pytest.mark.django_db
def test_the_outbox_is_told_with_its_ages(scrape: Scrape) -> None:
    make_subscriber()
    now = timezone.now()
    OutboxEntry.objects.update(stale_since=now - timedelta(hours=2), failing_since=now - timedelta(hours=1))

    samples = scrape()

    assert samples["playlist_outbox_size"] == 1
    assert samples["playlist_outbox_oldest_age_seconds"] == pytest.approx(7200, abs=5)
    assert samples["playlist_outbox_failing_seconds"] == pytest.approx(3600, abs=5)


@pytest.mark.django_db
def test_running_sessions_that_wait_to_be_looked_at_are_told_and_those_that_were_ended(scrape: Scrape) -> None:
    now = timezone.now()
    SessionCheck.objects.create(agreement_number="A-1", failing_since=now - timedelta(hours=1))
    SessionWatch.objects.create(lapsed_until=now, ended=7)

    samples = scrape()

    assert samples["playlist_session_checks"] == 1
    assert samples["playlist_session_checks_failing_seconds"] == pytest.approx(3600, abs=5)
    assert samples["playlist_sessions_ended_total"] == 7


@pytest.mark.django_db
def test_streams_at_flussonic_are_told_by_state_and_for_how_long_none_got_through(scrape: Scrape) -> None:
    hour, day = (timezone.now() - timedelta(hours=hours) for hours in (1, 24))
    PushedStream.objects.create(stream_name="a", state="live")
    PushedStream.objects.create(stream_name="b", state="failed", failing_since=day)
    PushedStream.objects.create(stream_name="c", state="removing", failing_since=hour)

    samples = scrape()

    states = {state: samples[f'playlist_pushed_streams{{state="{state}"}}'] for state in PushedStream.State.values}
    assert states == {"pending": 0, "live": 1, "failed": 1, "removing": 1}
    assert samples["playlist_pushes_failing_seconds"] == pytest.approx(3600, abs=5)


@pytest.mark.django_db
def test_the_last_complete_runs_are_told(scrape: Scrape) -> None:
    hour_ago = timezone.now() - timedelta(hours=1)
    SyncRun.objects.create(state=Run.State.DONE, started_at=hour_ago, finished_at=hour_ago, total=7, orphaned=2)
    SyncRun.objects.create(state=Run.State.FAILED, finished_at=timezone.now(), total=99)
    ReconcileRun.objects.create(state=Run.State.DONE, started_at=hour_ago, finished_at=hour_ago, missing=1, extra=4)

    samples = scrape()

    assert samples["playlist_sync_age_seconds"] == pytest.approx(3600, abs=5)
    assert samples['playlist_sync_channels{result="total"}'] == 7
    assert samples['playlist_sync_channels{result="orphaned"}'] == 2
    assert samples["playlist_reconcile_age_seconds"] == pytest.approx(3600, abs=5)
    assert samples['playlist_reconcile_drift{kind="extra"}'] == 4


@pytest.mark.django_db
def test_subscribers_are_told_by_status(scrape: Scrape) -> None:
    make_subscriber()
    make_subscriber(status=Subscriber.Status.DISABLED)

    samples = scrape()

    assert samples['playlist_subscribers{status="enabled"}'] == 1
    assert samples['playlist_subscribers{status="disabled"}'] == 1


@pytest.mark.django_db
def test_what_never_happened_has_no_age(scrape: Scrape) -> None:
    samples = scrape()

    assert samples["playlist_database_up"] == 1
    assert samples["playlist_outbox_size"] == samples["playlist_outbox_failing_seconds"] == 0
    assert not [name for name in samples if re.match("playlist_(sync|reconcile|worker)", name)]


@pytest.mark.django_db
def test_sources_whose_last_refresh_failed_are_told(scrape: Scrape) -> None:
    states = ImportRun.State
    for name, *runs in (
        ("fails", states.DONE, states.FAILED),
        ("refused", states.DONE, states.REFUSED, states.READING),
        ("well again", states.FAILED, states.UNCHANGED),
        ("new",),
        ("switched off", states.FAILED),
    ):
        source = create_list(name, is_active=name != "switched off")
        for state in runs:
            ImportRun.objects.create(source=source, state=state)
    ImportRun.objects.create(source=create_list("looked at"), state=states.FAILED, only_look=True)
    guides = [GuideSource.objects.create(name=name) for name in ("fails", "well")]
    GuideRun.objects.create(source=guides[0], state=GuideRun.State.FAILED)
    GuideRun.objects.create(source=guides[1], state=GuideRun.State.DONE)

    samples = scrape()

    assert samples['playlist_sources_failing{kind="list"}'] == 2
    assert samples['playlist_sources_failing{kind="guide"}'] == 1


def test_a_database_that_is_away_is_told(scrape: Scrape, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")

    assert scrape()["playlist_database_up"] == 0


@pytest.mark.parametrize("subscribers", [2, 20])
@pytest.mark.django_db
def test_a_scrape_takes_the_same_queries_at_any_size(
    scrape: Scrape, django_assert_num_queries: DjangoAssertNumQueries, subscribers: int
) -> None:
    for _ in range(subscribers):
        make_subscriber()
        SyncRun.objects.create(state=Run.State.DONE, finished_at=timezone.now())

    with django_assert_num_queries(10):
        scrape()
