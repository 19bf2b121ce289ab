"""How many days of catch-up a stream has follows from its archive."""

import time
from typing import Any

import pytest
import responses

from demo.catalogue import DAY, HOUR, NOW
from demo.flussonic import FlussonicStandIn
from integrations.http import RemoteUnavailable
from integrations.tests.flussonic.listing import answer, read, read_one, serve

DEPTHS: dict[str, tuple[dict[str, Any], int | None]] = {
    "no dvr": ({}, None),
    "dvr is null": ({"dvr": None}, None),
    "no dvr, but recorded": ({"stats": {"dvr_info": {"depth": 2 * DAY}}}, 2),
    "dvr is null, but recorded": ({"dvr": None, "stats": {"dvr_info": {"depth": 2 * DAY}}}, 2),
    "dvr_enabled proves nothing": ({"stats": {"dvr_enabled": True}}, None),
    "expiration": ({"dvr": {"expiration": 7 * DAY}}, 7),
    "expiration before storage and recorded": (
        {"dvr": {"expiration": 3 * DAY, "reference": "week"}, "stats": {"dvr_info": {"depth": DAY}}},
        3,
    ),
    "expiration 0, storage": ({"dvr": {"expiration": 0, "reference": "week"}}, 7),
    "expiration null, storage": ({"dvr": {"expiration": None, "reference": "week"}}, 7),
    "no expiration, storage": ({"dvr": {"reference": "week"}}, 7),
    "storage before recorded": ({"dvr": {"reference": "week"}, "stats": {"dvr_info": {"depth": DAY}}}, 7),
    "storage without limit, recorded": (
        {"dvr": {"reference": "endless"}, "stats": {"dvr_info": {"depth": 45 * DAY}}},
        45,
    ),
    "storage unknown, recorded": ({"dvr": {"reference": "gone"}, "stats": {"dvr_info": {"depth": 4 * DAY}}}, 4),
    "storage unknown, not recorded": ({"dvr": {"reference": "gone"}}, None),
    "storage with awkward name": ({"dvr": {"reference": "s3/Архив"}}, 9),
    "reference is no text": ({"dvr": {"reference": 7}, "stats": {"dvr_info": {"depth": DAY}}}, 1),
    "no limit, recorded": ({"dvr": {"expiration": 0}, "stats": {"dvr_info": {"depth": 5 * DAY}}}, 5),
    "no limit, recorded since": ({"dvr": {"expiration": 0}, "stats": {"dvr_info": {"from": NOW - 6 * DAY - 60}}}, 6),
    "depth before since": ({"dvr": {}, "stats": {"dvr_info": {"from": NOW - 6 * DAY, "depth": 2 * DAY}}}, 2),
    "since the future": ({"dvr": {}, "stats": {"dvr_info": {"from": NOW + DAY}}}, None),
    "days are rounded down": ({"dvr": {"expiration": 2 * DAY - 1}}, 1),
    "an hour is a day": ({"dvr": {"expiration": HOUR}}, 1),
    "less than an hour is none": ({"dvr": {"expiration": HOUR - 1}}, None),
    "expiration with a fraction": ({"dvr": {"expiration": 7.5 * DAY}}, 7),
    "expiration is negative": ({"dvr": {"expiration": -DAY}}, None),
    "expiration is negative, recorded": ({"dvr": {"expiration": -DAY}, "stats": {"dvr_info": {"depth": DAY}}}, 1),
    "expiration is true": ({"dvr": {"expiration": True}}, None),
    "expiration is text": ({"dvr": {"expiration": "604800"}}, None),
    "expiration is endless": ({"dvr": {"expiration": float("inf")}, "stats": {"dvr_info": {"depth": DAY}}}, 1),
    "expiration is beyond all clocks": (
        {"dvr": {"expiration": 10**30}, "stats": {"dvr_info": {"from": 10**400}}},
        None,
    ),
    "dvr is a directive": ({"dvr": "/storage 3d 97%"}, 3),
    "dvr is a directive with a storage": ({"dvr": "@week 97%"}, 7),
    "dvr is a path": ({"dvr": "/storage", "stats": {"dvr_info": {"depth": 2 * DAY}}}, 2),
    "dvr is true": ({"dvr": True}, None),
    "dvr_info is null": ({"dvr": {}, "stats": {"dvr_info": None}}, None),
    "stats is null": ({"dvr": {"expiration": DAY}, "stats": None}, 1),
}


@pytest.mark.parametrize(("fields", "expected"), DEPTHS.values(), ids=DEPTHS)
def test_the_days_of_catch_up_follow_the_archive(
    server: FlussonicStandIn, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], expected: int | None
) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW)
    server.dvrs = {"week": {"expiration": 7 * DAY}, "endless": {"expiration": 0}, "s3/Архив": {"expiration": 9 * DAY}}

    assert read_one(server, **fields).catchup_days == expected


def test_a_storage_is_asked_about_once(server: FlussonicStandIn) -> None:
    server.dvrs = {"week": {"expiration": 7 * DAY}}
    references = ["week", "gone"] * 5
    serve(server, *[{"name": f"{n}", "dvr": {"reference": reference}} for n, reference in enumerate(references)])
    read()

    asked = [request.path for request in server.requests if "/dvrs/" in request.path]
    assert asked == ["/streamer/api/v3/dvrs/week", "/streamer/api/v3/dvrs/gone"]


def test_a_storage_that_cannot_be_asked_about_for_now_fails_the_run(mocked: responses.RequestsMock) -> None:
    answer(mocked, {"streams": [{"name": "news", "dvr": {"reference": "week"}}]})
    mocked.get("http://flussonic.example/streamer/api/v3/dvrs/week", status=503)

    with pytest.raises(RemoteUnavailable):
        read()
