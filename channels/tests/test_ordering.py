"""Rows trade the positions that they hold."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from channels.models import Channel, Group
from channels.ordering import BadOrder, move_to, reorder
from channels.tests.factories import make_channel, make_group

pytestmark = pytest.mark.django_db
CountQueries = Callable[[int], Any]


def make_groups(*positions: int) -> list[Group]:
    return [make_group(sort_order=position) for position in positions]


def ids_in_order() -> list[int]:
    return list(Group.objects.order_by("sort_order", "pk").values_list("pk", flat=True))


def positions_of(groups: list[Group]) -> list[int]:
    held = dict(Group.objects.values_list("pk", "sort_order"))
    return [held[group.pk] for group in groups]


def test_the_given_rows_permute_the_positions_that_they_hold() -> None:
    first, hidden, second, third = groups = make_groups(10, 15, 20, 30)

    positions = reorder(Group.objects.all(), [third.pk, first.pk, second.pk])

    assert positions == [10, 20, 30]
    assert positions_of(groups) == [20, 15, 30, 10]
    assert ids_in_order() == [third.pk, hidden.pk, first.pk, second.pk]


def test_a_list_shown_from_its_end_keeps_its_direction() -> None:
    groups = make_groups(1, 2, 3)
    first, second, third = groups

    reorder(Group.objects.all(), [first.pk, third.pk, second.pk], descending=True)

    assert positions_of(groups) == [3, 1, 2]


def test_positions_held_twice_are_told_apart_first() -> None:
    before, *same, after = make_groups(-5, 0, 0, 0, 0)

    reorder(Group.objects.all(), [same[2].pk, same[0].pk])

    assert ids_in_order() == [before.pk, same[2].pk, same[1].pk, same[0].pk, after.pk]


def test_one_query_reads_and_one_writes(django_assert_num_queries: CountQueries) -> None:
    groups = make_groups(*range(1, 31))

    with django_assert_num_queries(5):  # two of them the savepoint of the test, one the lock
        reorder(Group.objects.all(), [group.pk for group in reversed(groups)])

    assert ids_in_order() == [group.pk for group in reversed(groups)]


def test_the_row_itself_does_not_count_as_changed() -> None:
    groups = make_groups(1, 2)
    long_ago = timezone.now() - timedelta(days=1)
    Group.objects.update(updated_at=long_ago)

    reorder(Group.objects.all(), [groups[1].pk, groups[0].pk])

    assert set(Group.objects.values_list("updated_at", flat=True)) == {long_ago}


@pytest.mark.parametrize(
    ("choose", "message"),
    [
        pytest.param(lambda first, second: [first, second, first], "listed twice", id="repeated"),
        pytest.param(lambda first, second: [first, second, 987654], "gone by now", id="gone"),
    ],
)
def test_a_list_that_is_out_of_date_changes_nothing(choose: Callable[[int, int], list[int]], message: str) -> None:
    groups = make_groups(2, 1)

    with pytest.raises(BadOrder, match=message):
        reorder(Group.objects.all(), choose(groups[0].pk, groups[1].pk))

    assert positions_of(groups) == [2, 1]


def test_rows_outside_the_queryset_cannot_be_moved() -> None:
    group = make_group()
    inside, outside = make_channel(group=group), make_channel()

    with pytest.raises(BadOrder, match="gone by now"):
        reorder(Channel.objects.filter(group=group), [outside.pk, inside.pk])


@pytest.mark.parametrize(
    ("chosen", "position", "expected"),
    [
        pytest.param("D", 1, "DABCE", id="to the front"),
        pytest.param("A", 3, "BCADE", id="down"),
        pytest.param("BD", 2, "ABDCE", id="two close up"),
        pytest.param("DB", 4, "ACEBD", id="two keep their order"),
        pytest.param("A", 99, "BCDEA", id="past the end"),
        pytest.param("C", 3, "ABCDE", id="where it stands"),
        pytest.param("B", 0, "BACDE", id="before the first"),
    ],
)
def test_moving_counts_places_from_one(chosen: str, position: int, expected: str) -> None:
    groups = {name: make_group(name=name, sort_order=7) for name in "ABCDE"}

    move_to(Group.objects.all(), [groups[name].pk for name in chosen], position)

    assert "".join(Group.objects.values_list("name", flat=True)) == expected


def test_moving_within_a_filtered_list_leaves_hidden_rows_where_they_are() -> None:
    group = make_group()
    first, hidden, second = make_channel(group=group), make_channel(), make_channel(group=group)

    move_to(Channel.objects.filter(group=group), [second.pk], 1)

    assert list(Channel.objects.all()) == [second, hidden, first]


@pytest.mark.django_db(transaction=True)
def test_people_who_sort_at_the_same_time_never_double_a_position() -> None:
    ids = [group.pk for group in make_groups(*range(40))]

    def shuffle(seed: int) -> None:
        reorder(Group.objects.all(), Random(seed).sample(ids, 25))
        connections.close_all()

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(shuffle, range(24)))

    assert sorted(Group.objects.values_list("sort_order", flat=True)) == list(range(40))
