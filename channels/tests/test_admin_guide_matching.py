"""Names of the guide matched with channels in the admin."""

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from channels.guide_confirming import set_guide_ids
from channels.models import Channel
from channels.tests.factories import make_channel
from channels.tests.feeds import make_guide_source, name_in_guide
from channels.tests.lists_in_admin import page

pytestmark = pytest.mark.django_db(transaction=True)


def test_ticked_suggestions_become_tvg_ids_in_one_statement_and_history_knows_who(admin_client: Client) -> None:
    first, second, third = (make_channel(display_name=name) for name in ("First HD", "Second", "Third"))
    name_in_guide("first.ru", "First")
    name_in_guide("second.ru", "Second")
    shown = admin_client.get(page("guidesource_match")).content.decode()
    assert shown.count(" checked") == 2

    admin_client.post(
        page("guidesource_match"),
        {
            "take": [first.pk, third.pk],
            f"to-{first.pk}": "first.ru",
            f"to-{second.pk}": "second.ru",
            f"to-{third.pk}": "made up",
        },
    )

    assert list(Channel.objects.order_by("pk").values_list("tvg_id", flat=True)) == ["first.ru", None, None]
    event = apps.get_model("channels", "ChannelEvent").objects.filter(id=first.pk).latest("pgh_id")
    assert event.pgh_context.metadata["actor"] == "admin"


def test_many_ids_are_set_by_one_statement() -> None:
    chosen = {}
    for _ in range(20):
        channel = make_channel()
        name_in_guide(f"id{channel.pk}")
        chosen[channel.pk] = f"id{channel.pk}"

    with CaptureQueriesContext(connection) as queries:
        assert set_guide_ids(chosen) == 20
    assert len([query for query in queries if query["sql"].startswith("UPDATE")]) == 1


@pytest.mark.parametrize("letters", [101, 255])
def test_an_id_that_is_longer_than_ours_can_be_is_left_out(letters: int) -> None:
    first, second = make_channel(), make_channel()
    source = make_guide_source()
    for xmltv_id in ("x" * letters, "good"):
        name_in_guide(xmltv_id, source=source)

    assert set_guide_ids({first.pk: "x" * letters, second.pk: "good"}) == 1
    assert list(Channel.objects.order_by("pk").values_list("tvg_id", flat=True)) == [None, "good"]
