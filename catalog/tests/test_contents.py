"""Which channels are in packages, and which are in none."""

import pytest

from catalog.contents import in_no_package, in_package
from catalog.tests.factories import make_package
from channels.models import Channel
from channels.tests.factories import make_channels

pytestmark = pytest.mark.django_db


def test_a_channel_is_in_no_package_until_it_is_put_into_one() -> None:
    alone, placed, twice = make_channels(3)
    package = make_package(channels=[placed, twice])
    make_package(channels=[twice])

    assert list(in_no_package(Channel.objects.all())) == [alone]
    assert list(in_package(Channel.objects.all(), package.pk)) == [placed, twice]


def test_what_is_in_no_package_is_found_by_a_join_however_many_places_there_are() -> None:
    # A list of places to be in none of is compared with each channel, once it is too long for PostgreSQL to hash.
    assert "SubPlan" not in in_no_package(Channel.objects.all()).explain()
