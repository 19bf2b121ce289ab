"""Lists that are sorted by dragging."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib import admin
from django.forms.models import model_to_dict
from django.http import HttpRequest
from django.test import Client
from pytest_django.asserts import assertContains

from channels.admin_form import ChannelForm
from channels.models import Channel
from channels.tests.admin_steps import act, staff_client
from channels.tests.factories import make_channel, make_channels, make_group

pytestmark = pytest.mark.django_db
CHANNELS = "/admin/channels/channel/"


def drag(client: Client, rows: list[Any], address: str = CHANNELS, query: str = "") -> Any:
    body = json.dumps({"updatedItems": [[str(row.pk), position] for position, row in enumerate(rows)]})
    return client.post(f"{address}adminsortable2_update/{query}", body, content_type="application/json")


def test_a_drag_in_a_filtered_list_leaves_hidden_rows_where_they_are(admin_client: Client) -> None:
    group = make_group()
    first, hidden, second = make_channel(group=group), make_channel(), make_channel(group=group)

    assert drag(admin_client, [second, first]).status_code == 200

    assert list(Channel.objects.all()) == [second, hidden, first]


def test_a_drag_in_a_list_shown_from_its_end_is_saved_as_it_was_seen(admin_client: Client) -> None:
    first, second, third = make_channels(3)
    page = admin_client.get(CHANNELS + "?o=-1")
    update_url = page.context["sortable_update_url"]

    drag(admin_client, [second, third, first], query=update_url.removeprefix(f"{CHANNELS}adminsortable2_update/"))

    assert list(Channel.objects.order_by("-sort_order")) == [second, third, first]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param('{"updatedItems": [["987654", 1]]}', "gone by now", id="a row is gone"),
        pytest.param('{"updatedItems": [["x", 1]]}', "not a list of rows", id="no number"),
        pytest.param('{"updatedItems": null}', "not a list of rows", id="no list"),
        pytest.param("[]", "not a list of rows", id="no object"),
        pytest.param("no JSON", "not a list of rows", id="no JSON"),
    ],
)
def test_an_order_that_cannot_be_saved_is_answered_with_a_sentence(
    admin_client: Client, body: str, reason: str
) -> None:
    response = admin_client.post(f"{CHANNELS}adminsortable2_update/", body, content_type="application/json")

    assert response.status_code == 400
    assert response["Content-Type"].startswith("text/plain")
    assert reason in response.content.decode()


def test_who_may_only_look_cannot_drag() -> None:
    first, second = make_channels(2)

    response = drag(staff_client("view_channel"), [second, first])

    assert response.status_code == 403
    assert list(Channel.objects.all()) == [first, second]


def test_the_state_of_a_request_is_its_threads_own() -> None:
    model_admin: Any = admin.site.get_model_admin(Channel)
    model_admin.enable_sorting = True

    with ThreadPoolExecutor(max_workers=1) as pool:
        assert pool.submit(lambda: model_admin.enable_sorting).result() is False


def test_rows_move_to_a_position_of_the_list_as_it_is_filtered(admin_client: Client) -> None:
    group = make_group()
    first, hidden, second, third = (make_channel(group=g) for g in (group, None, group, group))
    filtered = f"{CHANNELS}?group__id__exact={group.pk}"
    assertContains(act(admin_client, "move_to_position", [third], filtered), "under the present filters: 3.")

    act(admin_client, "move_to_position", [third], filtered, confirmed="yes", position=1)

    assert list(Channel.objects.all()) == [third, hidden, first, second]


def test_the_help_on_a_position_is_told_to_screen_readers(admin_client: Client) -> None:
    page = act(admin_client, "move_to_position", make_channels(1))

    assertContains(page, 'aria-describedby="id_position_helptext"')
    assertContains(page, 'id="id_position_helptext"')


@pytest.mark.parametrize("position", ["", "0", "x"])
def test_a_position_that_is_none_is_asked_for_again(admin_client: Client, position: str) -> None:
    first, second = make_channels(2)

    response = act(admin_client, "move_to_position", [second], confirmed="yes", position=position)

    assert response.context["form"].errors
    assert list(Channel.objects.all()) == [first, second]


def test_an_edit_leaves_what_a_sync_or_a_drag_has_written_meanwhile() -> None:
    stale = make_channel()
    Channel.objects.update(display_name="From the sync", sort_order=99)
    form = ChannelForm({**model_to_dict(stale, ["group"]), "tvg_id": "new", "is_active": "on"}, instance=stale)
    assert form.is_valid()

    admin.site.get_model_admin(Channel).save_model(HttpRequest(), stale, form, change=True)

    stale.refresh_from_db()
    assert (stale.tvg_id, stale.display_name, stale.sort_order) == ("new", "From the sync", 99)
