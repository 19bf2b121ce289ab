"""The database keeps the history: who changed what by which way, and no secret."""

import pytest
from django.apps import apps
from django.utils import timezone

from catalog.models import Package
from catalog.tests.factories import make_package
from channels.models import Channel
from channels.tests.factories import make_channel, make_group
from playlist_project.history import made_by
from subscribers.models import Subscriber
from subscribers.services import rotate_token
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


def labels(model: str, **filters: object) -> list[str]:
    events = apps.get_model(model).objects.filter(**filters).order_by("pgh_id")
    return list(events.values_list("pgh_label", flat=True))


def test_a_change_is_kept_with_its_actor_and_way_in() -> None:
    subscriber = make_subscriber()
    with made_by("operator", way="admin"):
        Subscriber.objects.filter(pk=subscriber.pk).update(status="disabled")
    event = apps.get_model("subscribers.SubscriberEvent").objects.get(pgh_label="update")
    assert (event.status, event.pgh_context.metadata) == ("disabled", {"actor": "operator", "way": "admin"})


def test_what_belongs_together_is_kept_too() -> None:
    package = make_package()
    subscriber = make_subscriber(packages=[package])
    package.channels.add(make_channel())
    package.channels.clear()
    subscriber.packages.clear()
    assert labels("catalog.PackageChannelEvent") == ["insert", "delete"]
    assert labels("subscribers.SubscriberPackageEvent") == ["insert", "delete"]


def test_a_token_change_is_an_event_without_the_token() -> None:
    subscriber = make_subscriber()
    rotate_token(subscriber)
    assert labels("subscribers.SubscriberEvent") == ["insert", "token_changed"]


@pytest.mark.parametrize("model", ["subscribers.SubscriberEvent", "channels.ChannelEvent"])
def test_no_history_holds_a_token_a_password_or_a_picture(model: str) -> None:
    columns = {field.name for field in apps.get_model(model)._meta.concrete_fields}
    assert not columns & {"token", "password_digest", "tvg_logo"}


def test_what_only_a_source_or_a_delivery_writes_is_no_history() -> None:
    make_channel()
    make_subscriber()
    Channel.objects.update(display_name="new", last_seen_at=timezone.now(), catchup_days=3, sort_order=5)
    Subscriber.objects.update(auth_token_id=4, last_access=timezone.now())
    assert labels("channels.ChannelEvent") == ["insert"]
    assert labels("subscribers.SubscriberEvent") == ["insert"]


def test_what_staff_write_on_a_channel_is_history_and_a_logo_is_kept_as_its_hash() -> None:
    channel = make_channel()
    Channel.objects.filter(pk=channel.pk).update(tvg_logo="data:image/png;base64,AAAA")
    Channel.objects.filter(pk=channel.pk).update(group=make_group())
    events = apps.get_model("channels.ChannelEvent").objects.order_by("pgh_id")
    assert [event.pgh_label for event in events] == ["insert", "update", "update"]
    assert len(events[1].logo_ref) == 32


def test_deleting_a_package_keeps_what_it_was() -> None:
    make_package(name="Gone").delete()
    assert not Package.objects.exists()
    assert labels("catalog.PackageEvent", name="Gone") == ["insert", "delete"]
