"""Lists that Flussonic restreams, for tests."""

from typing import Any

from django.utils import timezone

from channels.models import Channel, Source
from channels.sources import create_list
from channels.tests.factories import make_channel
from demo.flussonic import FlussonicStandIn
from integrations.flussonic import push_queue
from integrations.flussonic.pushing import PushResult, push_streams
from integrations.flussonic.streams import StreamsClient
from integrations.models import PushedStream

URL = "http://panel.example.com:8080/live/USER77/PASS88/17.ts"


def restreamed(name: str = "Panel", **fields: Any) -> Source:
    return create_list(name, **{"delivery": Source.Delivery.RESTREAM, **fields})


def add(source: Source, **fields: Any) -> Channel:
    """Add a channel as an import does: numbered names, all with the same address."""
    number = Channel.objects.count() + 1
    values = {"stream_name": f"panel-{number:04}", "display_name": f"Channel {number}", "source_url": URL}
    return make_channel(source=source, **{**values, **fields})


def push() -> PushResult:
    push_queue.mark_pushes()
    with StreamsClient.from_settings() as client:
        return push_streams(client)


def due_now() -> None:
    PushedStream.objects.update(due_at=timezone.now())


def made(server: FlussonicStandIn) -> set[str]:
    return server.streams.keys() - {"news"}


def states() -> dict[str, str]:
    return dict(PushedStream.objects.values_list("stream_name", "state"))


def written(server: FlussonicStandIn) -> list[tuple[str, str]]:
    return [(request.method, request.path) for request in server.requests if request.method != "GET"]
