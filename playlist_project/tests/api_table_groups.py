"""Groups."""

from channels.tests.factories import make_group
from playlist_project.tests.api_table import Endpoint

TOO_LONG = "x" * 101
ENDPOINTS = [
    Endpoint("GET", "groups", ("channels.view_group",), row=make_group),
    Endpoint(
        "POST",
        "groups",
        ("channels.add_group",),
        row=make_group,
        body=lambda group: {"name": "Новости"},
        status=201,
        invalid={"name": {"name": TOO_LONG}, "sort_order": {"name": "News", "sort_order": 5}},
        duplicate=lambda group: {"name": group.name},
    ),
    Endpoint("GET", "groups/{pk}", ("channels.view_group",), row=make_group),
    Endpoint(
        "PATCH",
        "groups/{pk}",
        ("channels.change_group",),
        row=make_group,
        body=lambda group: {"name": "News"},
        invalid={"name": {"name": None}, "colour": {"colour": "red"}},
        duplicate=lambda group: {"name": make_group().name},
    ),
    Endpoint("DELETE", "groups/{pk}", ("channels.delete_group",), row=make_group),
    Endpoint("GET", "groups/{pk}/cascade-info", ("channels.view_group",), row=make_group),
    Endpoint(
        "POST",
        "groups/reorder",
        ("channels.change_group",),
        row=make_group,
        body=lambda group: {"order": [{"id": group.pk, "sort_order": 7}]},
        invalid={
            "order": {"order": [{"id": 2**40, "sort_order": 1}]},
            "order.0.sort_order": {"order": [{"id": 1, "sort_order": -1}]},
            "order.1.id": {"order": [{"id": 1, "sort_order": 1}, {"id": "1", "sort_order": 1}]},
        },
    ),
]
