"""A server lists streams, and the client reads them."""

import json
from typing import Any

import responses

from demo.flussonic import FlussonicStandIn
from integrations.flussonic.client import FlussonicClient, Stream

LOGIN = "sync:s3cret-word"


def serve(server: FlussonicStandIn, *streams: dict[str, Any]) -> None:
    server.streams = {stream["name"]: stream for stream in streams}


def read() -> list[Stream]:
    with FlussonicClient.from_settings() as client:
        return client.streams()


def read_skipped() -> list[tuple[str, str]]:
    with FlussonicClient.from_settings() as client:
        client.streams()
        return client.skipped


def read_one(server: FlussonicStandIn, **fields: Any) -> Stream:
    serve(server, {"name": "news", **fields})
    (stream,) = read()
    return stream


def answer(mocked: responses.RequestsMock, body: Any) -> None:
    mocked.get("http://flussonic.example/streamer/api/v3/streams", body=json.dumps(body))
