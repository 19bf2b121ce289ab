"""The quality of a stream follows from the height of its picture."""

from typing import Any

import pytest

from demo.flussonic import FlussonicStandIn
from integrations.tests.flussonic.listing import read_one


@pytest.mark.parametrize(
    ("heights", "expected"),
    [
        ([], ""),
        ([0], ""),
        ([1], "SD"),
        ([699], "SD"),
        ([700], "HD"),
        ([999], "HD"),
        ([1000], "FHD"),
        ([1999], "FHD"),
        ([2000], "4K"),
        ([360, 1080, 720], "FHD"),
        (["1080", None, True], ""),
    ],
)
def test_quality_is_told_by_the_height_of_the_picture(
    server: FlussonicStandIn, heights: list[Any], expected: str
) -> None:
    tracks = [{"content": "video", "height": height} for height in heights]

    assert read_one(server, stats={"media_info": {"tracks": [{"content": "audio"}, *tracks]}}).quality == expected


@pytest.mark.parametrize("media", [None, {"tracks": None}, {"tracks": 7}, {"tracks": [7]}, []])
def test_quality_is_open_where_nothing_is_known_of_the_picture(server: FlussonicStandIn, media: Any) -> None:
    assert read_one(server, stats={"media_info": media}).quality == ""
