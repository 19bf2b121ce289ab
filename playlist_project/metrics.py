"""Prometheus metrics: the time of requests by route, and where the work of the service stands."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from channels.models import GuideSource, Source
from integrations.decisions import ANSWERS
from integrations.models import ReconcileRun, SyncRun
from integrations.refused_askers import LAST
from playlist_project import health
from playlist_project.logs import route_of
from subscribers.models import Subscriber

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
REQUEST_SECONDS = Histogram(
    "playlist_request_seconds",
    "From the arrival of a request to the last byte of its answer.",
    ["route", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=None,
)


class RequestTimeMiddleware:
    """Measure every request until its answer is closed, streamed bodies and files included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        histogram = REQUEST_SECONDS.labels(
            route=route_of(request),
            # A label for each word that somebody sends would fill the memory.
            method=request.method if request.method in METHODS else "other",
            status=f"{response.status_code // 100}xx",
        )
        # Django has no public hook for the end of an answer; wrapping the stream would miss files sent by the kernel.
        response._resource_closers.append(lambda: histogram.observe(time.perf_counter() - started))  # type: ignore[attr-defined]
        return response


class StateCollector(Collector):
    """Read the state of the service from the database, at the moment it is asked for."""

    def collect(self) -> Iterator[Metric]:
        up = health.database_answers()
        yield GaugeMetricFamily("playlist_database_up", "1 when the database can be reached.", value=up)
        if up:
            now = timezone.now()
            yield from _outbox(now)
            yield from _revocation(now)
            yield from _restreaming(now)
            yield from _sync(now)
            yield _sources()
            yield from _reconciliation(now)
            yield from _seconds(
                "worker_heartbeat_age", "Since a worker last gave a sign of life.", health.worker_heartbeat_age(now)
            )
            yield _subscribers()


def _outbox(now: datetime) -> Iterator[Metric]:
    outbox = health.outbox(now)
    yield GaugeMetricFamily(
        "playlist_outbox_size", "Tokens that the Auth Service has yet to hear of.", value=outbox.size
    )
    yield from _seconds("outbox_oldest_age", "Age of the oldest of them; 0: none waits.", outbox.oldest_age or 0)
    yield from _seconds(
        "outbox_failing", "How long deliveries have been failing; 0: none fails.", outbox.failing_age or 0
    )


def _revocation(now: datetime) -> Iterator[Metric]:
    revocation = health.revocation(now)
    yield GaugeMetricFamily(
        "playlist_session_checks", "Changes after which running sessions wait to be looked at.", value=revocation.size
    )
    yield from _seconds(
        "session_checks_failing", "How long that has been failing; 0: nothing fails.", revocation.failing_age or 0
    )
    yield CounterMetricFamily(
        "playlist_sessions_ended", "Sessions that were ended as access was lost.", value=revocation.ended
    )


def _restreaming(now: datetime) -> Iterator[Metric]:
    restreaming = health.restreaming(now)
    yield _by_label("playlist_pushed_streams", "Streams of lists at Flussonic by state.", "state", restreaming.by_state)
    yield from _seconds(
        "pushes_failing", "How long the oldest failure of a stream lasts; 0: none fails.", restreaming.failing_age or 0
    )


def _sync(now: datetime) -> Iterator[Metric]:
    run = SyncRun.objects.latest_done()
    if run is None:
        return
    yield from _seconds("sync_age", "Since the last complete sync with Flussonic.", health.age(run.finished_at, now))
    yield _by_label(
        "playlist_sync_channels",
        "What the last complete sync met.",
        "result",
        {name: getattr(run, name) for name in ("total", "new", "updated", "orphaned", "returned", "skipped")},
    )


def _sources() -> Metric:
    return _by_label(
        "playlist_sources_failing",
        "Active sources whose last refresh failed, or was refused.",
        "kind",
        {"list": Source.objects.failing().count(), "guide": GuideSource.objects.failing().count()},
    )


def _reconciliation(now: datetime) -> Iterator[Metric]:
    run = ReconcileRun.objects.latest_done()
    if run is None:
        return
    yield from _seconds(
        "reconcile_age", "Since the last complete comparison with the Auth Service.", health.age(run.finished_at, now)
    )
    yield _by_label(
        "playlist_reconcile_drift",
        "Tokens that the last comparison found wrong over there.",
        "kind",
        {name: getattr(run, name) for name in ("missing", "extra", "different")},
    )


def _subscribers() -> Metric:
    counts = dict(Subscriber.objects.order_by().values_list("status").annotate(Count("pk")))
    every_status = {status: counts.get(status, 0) for status in Subscriber.Status.values}
    return _by_label("playlist_subscribers", "Subscribers by status.", "status", every_status)


def _seconds(name: str, text: str, value: float | None) -> Iterator[Metric]:
    """Yield a gauge of seconds, or nothing where there is no moment to count from."""
    if value is not None:
        yield GaugeMetricFamily(f"playlist_{name}_seconds", text, value=value)


def _by_label(name: str, text: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with all metrics to whoever knows METRICS_TOKEN; be nowhere while it is unset."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"):
        return HttpResponse(
            "unauthorized\n", status=401, headers={"WWW-Authenticate": "Bearer"}, content_type="text/plain"
        )
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _registry() -> CollectorRegistry:
    """Return what is to be told: each process counts its own requests, so several leave theirs in files."""
    registry = CollectorRegistry()
    if settings.METRICS_DIR:
        MultiProcessCollector(registry, path=settings.METRICS_DIR)  # type: ignore[no-untyped-call]
    else:
        registry.register(REQUEST_SECONDS)
        registry.register(ANSWERS)
        registry.register(LAST)
    registry.register(StateCollector())
    return registry
