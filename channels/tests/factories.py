"""Channels and groups for tests: what is not said is made up."""

from itertools import count
from typing import Any

from channels.models import Channel, Group, Source

numbers = count(1)


def make_group(**fields: Any) -> Group:
    number = next(numbers)
    return Group.objects.create(**{"name": f"Group {number}", "sort_order": number, **fields})


def make_channel(**fields: Any) -> Channel:
    number = next(numbers)
    return Channel.objects.create(
        **{
            "source": fields.pop("source", None) or Source.objects.flussonic(),
            "stream_name": f"stream{number}",
            "tvg_name": f"Channel {number}",
            "display_name": f"Channel {number}",
            "stream_base_url": "http://stream.example.com:8085",
            "sort_order": number,
            **fields,
        }
    )


def make_channels(amount: int, **fields: Any) -> list[Channel]:
    return [make_channel(**fields) for _ in range(amount)]
