"""Packages, tariffs, and what drop-downs ask for."""

from catalog.models import Package, Tariff
from catalog.tests.factories import make_package, make_tariff
from channels.tests.factories import make_channel, make_group
from playlist_project.tests.api_table import NO_SUCH_ID, Endpoint

TOO_LONG = "x" * 101


def make_tariff_of_one() -> Tariff:
    return make_tariff(packages=[make_package()])


def package_of(tariff: Tariff) -> Package:
    return tariff.packages.get()


ENDPOINTS = [
    Endpoint("GET", "packages", ("catalog.view_package",), row=make_package),
    Endpoint(
        "POST",
        "packages",
        ("catalog.add_package",),
        row=make_package,
        body=lambda package: {"name": "Basic", "description": None},
        status=201,
        invalid={"name": {"name": " "}, "description": {"name": "Basic", "description": ["all"]}},
        duplicate=lambda package: {"name": package.name},
    ),
    Endpoint("GET", "packages/{pk}", ("catalog.view_package",), row=make_package),
    Endpoint(
        "PATCH",
        "packages/{pk}",
        ("catalog.change_package",),
        row=make_package,
        body=lambda package: {"description": "All of it"},
        invalid={"name": {"name": TOO_LONG}, "channel_ids": {"channel_ids": [1]}},
        duplicate=lambda package: {"name": make_package().name},
    ),
    Endpoint("DELETE", "packages/{pk}", ("catalog.delete_package",), row=make_package),
    Endpoint("GET", "packages/{pk}/cascade-info", ("catalog.view_package",), row=make_package),
    Endpoint("GET", "tariffs", ("catalog.view_tariff",), row=make_tariff_of_one),
    Endpoint(
        "POST",
        "tariffs",
        ("catalog.add_tariff",),
        row=make_tariff_of_one,
        body=lambda tariff: {"name": "Home", "package_ids": [package_of(tariff).pk]},
        status=201,
        invalid={"name": {"package_ids": []}, "package_ids": {"name": "Home", "package_ids": [NO_SUCH_ID]}},
        duplicate=lambda tariff: {"name": tariff.name},
    ),
    Endpoint("GET", "tariffs/{pk}", ("catalog.view_tariff",), row=make_tariff_of_one),
    Endpoint(
        "PATCH",
        "tariffs/{pk}",
        ("catalog.change_tariff",),
        row=make_tariff_of_one,
        body=lambda tariff: {"package_ids": []},
        invalid={"package_ids": {"package_ids": None}, "package_ids.1": {"package_ids": [1, "2"]}},
        duplicate=lambda tariff: {"name": make_tariff().name},
    ),
    Endpoint("DELETE", "tariffs/{pk}", ("catalog.delete_tariff",), row=make_tariff_of_one),
    Endpoint("GET", "tariffs/{pk}/cascade-info", ("catalog.view_tariff",), row=make_tariff_of_one),
    Endpoint("GET", "lookup/packages", ("catalog.view_package",), row=make_package),
    Endpoint("GET", "lookup/tariffs", ("catalog.view_tariff",), row=make_tariff),
    Endpoint("GET", "lookup/groups", ("channels.view_group",), row=make_group),
    Endpoint("GET", "lookup/channels", ("channels.view_channel",), row=make_channel),
    Endpoint("GET", "dashboard/stats"),
]
