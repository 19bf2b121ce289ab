"""Whatever staff, a sync or SQL change in whatever order: nobody ever gets a list that is not the present one."""

import ast
import inspect
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from catalog.models import Package, Tariff
from catalog.tests.factories import make_package, make_tariff
from channels.catalogue import ROWS_LEFT_ALONE, compact_changes
from channels.models import Channel, Group, GuideSource, Source
from channels.tests.factories import make_channel, make_group
from playlists import contents
from playlists.account import account_by_token
from playlists.tests.kinds import KINDS
from subscribers.models import Subscriber
from subscribers.tests.factories import make_subscriber


def execute(sql: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


class Operator:
    """A small operator whose staff change things in every way there is."""

    def __init__(self) -> None:
        groups = [make_group(), make_group()]
        channels = [make_channel(group=group, catchup_days=1) for group in (*groups, None, groups[0])]
        packages = [make_package(channels=channels[:2]), make_package(channels=channels[1:])]
        tariffs = [make_tariff(packages=packages[:1]), make_tariff(packages=packages)]
        self.subscribers = [
            make_subscriber(tariffs=tariffs[:1]),
            make_subscriber(packages=packages[1:], channels=channels[:1]),
            make_subscriber(tariffs=tariffs[1:]),
        ]

    CHANGES = (
        *("name", "name in SQL", "other name", "base URL", "catch-up", "orphan", "logo", "EPG id", "place", "switch"),
        *("stream", "group of channel", "group's name", "group's place", "delete group", "new group", "source"),
        *("into package", "out of package", "replace package", "delete package", "delete channel", "copy channels"),
        *(
            "into tariff",
            "out of tariff",
            "give package",
            "take packages",
            "give tariff",
            "give channel",
            "take channels",
        ),
        *("guide", "compact", "nothing"),
    )

    def apply(self, change: str, a: int, b: int) -> None:
        def pick(model: Any, number: int) -> Any:
            rows = model.objects.order_by("pk")
            return rows[number % rows.count()] if rows.exists() else None

        channel, other = pick(Channel, a), pick(Channel, b)
        group, package, tariff = pick(Group, b), pick(Package, a), pick(Tariff, b)
        subscriber = self.subscribers[a % len(self.subscribers)]
        match change:
            case "copy channels":
                Channel.objects.bulk_create(
                    [Channel(source=Source.objects.flussonic(), stream_name=f"copied {n} {a} {b}") for n in (1, 2)],
                    ignore_conflicts=True,
                )
            case "group's name" if group:
                Group.objects.filter(pk=group.pk).update(name=f"Renamed {group.pk} {a}")
            case "group's place" if group:
                group.sort_order = a
                group.save()
            case "delete group" if group:
                group.delete()
            case "new group":
                make_group()
            case "guide":
                GuideSource.objects.update_or_create(name=f"Guide {b % 2}", defaults={"is_active": bool(a % 2)})
            case "source":
                Source.objects.update(is_active=bool(a % 2))
            case "delete package" if package:
                package.delete()
            case "replace package" if package:
                package.channels.set(Channel.objects.filter(pk__gte=other.pk) if other else [])
            case "out of package" if package:
                execute("DELETE FROM catalog_package_channels WHERE package_id = %s", package.pk)
            case "into package" if package and other:
                package.channels.add(other)
            case "into tariff" if package:
                tariff.packages.add(package)
            case "out of tariff":
                tariff.packages.clear()
            case "give package" if package:
                subscriber.packages.add(package)
            case "take packages":
                subscriber.packages.clear()
            case "give tariff":
                subscriber.tariffs.set([tariff])
            case "give channel" if other:
                subscriber.channels.add(other)
            case "take channels":
                subscriber.channels.clear()
            case "compact":
                for _ in range(ROWS_LEFT_ALONE):
                    execute("INSERT INTO channels_cataloguechange (mark) VALUES (1)")
                compact_changes()
            case "delete channel" if channel:
                channel.delete()
            case _ if channel:
                self.change_channel(change, channel, group, b)

    def change_channel(self, change: str, channel: Channel, group: Group | None, number: int) -> None:
        rows = Channel.objects.filter(pk=channel.pk)
        match change:
            case "name":
                channel.display_name = f"Name {number}"
                channel.save()
            case "name in SQL":
                execute("UPDATE channels_channel SET display_name = %s WHERE id = %s", f"SQL {number}", channel.pk)
            case "other name":
                rows.update(tvg_name=f"Other {number}")
            case "base URL":
                rows.update(stream_base_url=f"http://{number}.example.com")
            case "catch-up":
                rows.update(catchup_days=number or None)
            case "orphan":
                rows.update(sync_status=("synced", "orphaned")[number % 2])
            case "logo":
                rows.update(tvg_logo=f"http://logos.example.com/{number}.png")
            case "EPG id":
                rows.update(tvg_id=f"epg.{number}")
            case "place":
                rows.update(sort_order=number)
            case "switch":
                rows.update(is_active=bool(number % 2))
            case "stream":
                rows.update(stream_name=f"moved {channel.pk} {number}")
            case "group of channel":
                rows.update(group=group)


def test_every_change_that_an_operator_can_make_is_drawn() -> None:
    patterns = [node for node in ast.walk(ast.parse(inspect.getsource(Operator))) if isinstance(node, ast.MatchValue)]
    written = [ast.literal_eval(pattern.value) for pattern in patterns]

    assert sorted([*written, "nothing"]) == sorted(Operator.CHANGES)


number = st.integers(0, 5)


@settings(
    max_examples=settings().max_examples // 12,  # an example is some hundred lists
    deadline=None,
    phases=[Phase.generate, Phase.explicit],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(changes=st.lists(st.tuples(st.sampled_from(Operator.CHANGES), number, number), min_size=5, max_size=25))
@pytest.mark.parametrize("hide_orphans", [True, False])
def test_after_any_change_everybody_gets_what_would_be_made_anew(
    changes: list[tuple[str, int, int]], hide_orphans: bool, db: None, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.PLAYLIST_HIDE_ORPHANS = hide_orphans
    with transaction.atomic():
        operator = Operator()
        for change in changes:
            operator.apply(*change)
            for subscriber in operator.subscribers:
                kept = all_contents(subscriber)
                with monkeypatch.context() as patched:
                    patched.setattr(contents, "cache", contents.ContentCache(0))
                    assert kept == all_contents(subscriber), change
        transaction.set_rollback(True)


def all_contents(subscriber: Subscriber) -> dict[str, bytes]:
    account = account_by_token(subscriber.token, now=timezone.now())
    assert account is not None
    return {kind: content(account) for kind, content in KINDS.items()}
