"""Channels."""

from catalog.tests.factories import make_package
from channels.models import Channel
from channels.tests.factories import make_channel, make_group
from playlist_project.tests.api_table import NO_SUCH_ID, Endpoint

VIEW, CHANGE, DELETE = (f"channels.{verb}_channel" for verb in ("view", "change", "delete"))
FILL = "catalog.change_package"


def make_row() -> Channel:
    channel = make_channel(group=make_group(), tvg_id="one")
    make_package(channels=[channel])
    return channel


def make_orphan() -> Channel:
    return make_channel(sync_status=Channel.SyncStatus.ORPHANED)


ENDPOINTS = [
    Endpoint("GET", "channels", (VIEW,), row=make_row),
    Endpoint("GET", "channels/{pk}", (VIEW,), row=make_row),
    Endpoint(
        "PATCH",
        "channels/{pk}",
        (CHANGE,),
        row=make_row,
        body=lambda channel: {"tvg_id": "otr", "tvg_logo": "https://example.com/logo.png"},
        invalid={
            "tvg_id": {"tvg_id": "x" * 101},
            "tvg_logo": {"tvg_logo": "data:image/svg+xml;base64,PHN2Zy8+"},
            "display_name": {"tvg_id": "otr", "display_name": "ОТР"},
            "group_id": {"group_id": None},
            "colour": {"colour": "red"},
        },
    ),
    Endpoint("DELETE", "channels/{pk}", (DELETE,), row=make_orphan),
    Endpoint("GET", "channels/{pk}/cascade-info", (VIEW,), row=make_row),
    Endpoint(
        "PATCH",
        "channels/{pk}/group",
        (CHANGE,),
        row=make_row,
        body=lambda channel: {"group_id": make_group().pk},
        invalid={"group_id": {"group_id": NO_SUCH_ID}, "name": {"group_id": None, "name": "News"}},
    ),
    Endpoint(
        "PATCH",
        "channels/{pk}/packages",
        (FILL,),
        row=make_row,
        body=lambda channel: {"package_ids": [make_package().pk]},
        invalid={"package_ids": {"package_ids": [NO_SUCH_ID]}, "package_ids.0": {"package_ids": ["1"]}},
    ),
    Endpoint(
        "POST",
        "channels/reorder",
        (CHANGE,),
        row=make_row,
        body=lambda channel: {"order": [{"id": channel.pk, "sort_order": 7}]},
        invalid={"order": {"order": [{"id": NO_SUCH_ID, "sort_order": 1}]}},
    ),
    Endpoint(
        "POST",
        "channels/bulk",
        (CHANGE, FILL),
        row=make_row,
        body=lambda channel: {"ids": [channel.pk], "group_id": None},
        invalid={
            "ids": {"group_id": None},
            "ids.0": {"ids": ["1"], "group_id": None},
            "non_field_errors": {"ids": [1]},
            "filter": {"filter": {}, "group_id": None},
            "filter.group_id": {"filter": {"group_id": NO_SUCH_ID}, "group_id": None},
            "filter.colour": {"filter": {"colour": "red"}, "group_id": None},
            "group_id": {"ids": [1], "group_id": NO_SUCH_ID},
            "add_package_ids": {"ids": [1], "add_package_ids": [NO_SUCH_ID]},
        },
    ),
]
