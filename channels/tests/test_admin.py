"""Channels, groups and sources in the admin."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel, Group, Source
from channels.tests.admin_steps import act, staff_client
from channels.tests.factories import make_channel, make_channels, make_group
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
CHANNELS = "/admin/channels/channel/"
GROUPS = "/admin/channels/group/"
ORPHANED = Channel.SyncStatus.ORPHANED
OWN = "data:image/png;base64,AAAA"
ELSEWHERE = "http://img.example.com/logo.png"


def shown(client: Client, query: str = "") -> set[Channel]:
    return set(client.get(CHANNELS + query).context["cl"].result_list)


def change(client: Client, channel: Channel, **fields: Any) -> Any:
    channel = Channel.objects.get(pk=channel.pk)
    values = {"tvg_id": channel.tvg_id or "", "group": channel.group_id or "", "is_active": "on", **fields}
    return client.post(f"{CHANNELS}{channel.pk}/change/", values)


def png(size: int = 8) -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (size, size), "red").save(content, "PNG")
    return SimpleUploadedFile("logo.png", content.getvalue(), content_type="image/png")


@pytest.mark.parametrize("words", ["ПРИВЕТ", "news", "EPG7", "tvg-name", "vest", "вест news"])
def test_search_looks_into_all_names_in_any_case(admin_client: Client, words: str) -> None:
    found = make_channel(stream_name="vesti_news", display_name="Вести", tvg_name="Привет TVG-Name", tvg_id="epg7")
    make_channel()

    assert shown(admin_client, f"?q={words}") == {found}


def test_channels_are_filtered_by_group_package_status_and_switch(admin_client: Client) -> None:
    plain, grouped, packed = make_channel(), make_channel(group=make_group()), make_channel()
    orphan, hidden = make_channel(sync_status=ORPHANED), make_channel(is_active=False)
    package = make_package(channels=[packed])

    assert shown(admin_client, f"?group__id__exact={grouped.group_id}") == {grouped}
    assert shown(admin_client, "?group__isnull=True") == {plain, packed, orphan, hidden}
    assert shown(admin_client, f"?package={package.pk}") == {packed}
    assert shown(admin_client, "?package=none") == {plain, grouped, orphan, hidden}
    assert shown(admin_client, "?sync_status__exact=orphaned") == {orphan}
    assert shown(admin_client, "?is_active__exact=0") == {hidden}


def test_a_package_that_makes_no_sense_is_no_server_error(admin_client: Client) -> None:
    assertRedirects(admin_client.get(f"{CHANNELS}?package=x"), f"{CHANNELS}?e=1")


def test_the_list_does_not_read_the_images(admin_client: Client) -> None:
    make_channel(tvg_logo="data:image/png;base64,AAAA")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        admin_client.get(CHANNELS)

    assert not any('"tvg_logo"' in query["sql"] for query in queries)


def test_a_page_far_down_the_list_has_its_rows_in_their_order(admin_client: Client) -> None:
    channels = make_channels(250)

    page = admin_client.get(f"{CHANNELS}?p=3").context["cl"].result_list

    assert list(page) == channels[200:]


def test_the_way_to_a_page_far_down_reads_keys_alone(admin_client: Client) -> None:
    make_channels(250)

    with CaptureQueriesContext(connection) as queries:
        admin_client.get(f"{CHANNELS}?p=3")

    (skipping,) = (query["sql"] for query in queries if "OFFSET 200" in query["sql"])
    assert skipping.startswith('SELECT "channels_channel"."id" AS "pk" FROM')


def test_thumbnails_come_from_the_logos_address(admin_client: Client) -> None:
    own = make_channel(tvg_logo="data:image/png;base64,AAAA")
    make_channel(tvg_logo="https://img.example.com/a.png")
    own.refresh_from_db()

    page = admin_client.get(CHANNELS)

    assertContains(page, f'src="/logos/{own.pk}.png?v={own.logo_ref}"')
    assertContains(page, 'src="https://img.example.com/a.png"')


def test_channels_cannot_be_made_by_hand(admin_client: Client) -> None:
    assert admin_client.get(f"{CHANNELS}add/").status_code == 403


def test_what_comes_from_the_source_cannot_be_changed(admin_client: Client) -> None:
    channel = make_channel(display_name="As it is")

    change(admin_client, channel, display_name="Other", stream_name="other", tvg_id="mine")

    channel.refresh_from_db()
    assert (channel.display_name, channel.tvg_id) == ("As it is", "mine")


def test_an_uploaded_picture_becomes_a_data_uri(admin_client: Client) -> None:
    channel = make_channel()

    change(admin_client, channel, logo_file=png())

    channel.refresh_from_db()
    assert (channel.tvg_logo or "").startswith("data:image/png;base64,")


def test_a_logo_may_be_an_address(admin_client: Client) -> None:
    channel = make_channel()

    change(admin_client, channel, logo_address="https://img.example.com/a.png")

    channel.refresh_from_db()
    assert channel.tvg_logo == "https://img.example.com/a.png"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        pytest.param({"logo_address": "ftp://img.example.com/a.png"}, "begins with http://", id="address"),
        pytest.param(
            {"logo_file": SimpleUploadedFile("a.svg", b"<svg/>", content_type="image/svg+xml")},
            "must be a PNG, JPEG, WebP or GIF",
            id="file",
        ),
    ],
)
def test_a_logo_that_cannot_be_used_is_refused_with_the_reason(
    admin_client: Client, fields: dict[str, Any], message: str
) -> None:
    channel = make_channel()

    assertContains(change(admin_client, channel, **fields), message)

    channel.refresh_from_db()
    assert channel.tvg_logo is None


@pytest.mark.parametrize(
    ("logo", "fields", "kept"),
    [
        pytest.param(OWN, {"logo_address": ""}, True, id="image untouched"),
        pytest.param(OWN, {"logo_address": "", "remove_logo": "on"}, False, id="image removed"),
        pytest.param(ELSEWHERE, {"logo_address": ELSEWHERE}, True, id="address untouched"),
        pytest.param(ELSEWHERE, {"logo_address": ""}, False, id="address emptied"),
    ],
)
def test_a_logo_stays_until_it_is_removed(admin_client: Client, logo: str, fields: dict[str, Any], kept: bool) -> None:
    channel = make_channel(tvg_logo=logo)

    change(admin_client, channel, **fields)

    channel.refresh_from_db()
    assert channel.tvg_logo == (logo if kept else None)


def test_the_second_to_save_the_same_form_is_told_and_may_save_again(admin_client: Client) -> None:
    group = make_group(name="News")
    where = f"{GROUPS}{group.pk}/change/"
    opened = {"_opened": admin_client.get(where).context["opened"]}
    admin_client.post(where, {"name": "World", **opened})

    second = admin_client.post(where, {"name": "Sport", **opened})
    assertContains(second, "This was changed while you had it open")
    assert Group.objects.get().name == "World"

    admin_client.post(where, {"name": "Sport", "_opened": second.context["opened"]})
    assert Group.objects.get().name == "Sport"


def test_the_form_says_who_gets_the_channel(admin_client: Client) -> None:
    channel = make_channel()
    package = make_package(channels=[channel], name="Basic")
    make_subscriber(packages=[package])
    make_subscriber(tariffs=[make_tariff(packages=[package])], channels=[channel])

    page = admin_client.get(f"{CHANNELS}{channel.pk}/change/")

    assertContains(page, f'<a href="{reverse("admin:catalog_package_change", args=[package.pk])}">Basic</a>', html=True)
    assertContains(page, '<div class="readonly">2</div>', html=True)


def test_a_channel_that_flussonic_has_cannot_be_deleted(admin_client: Client) -> None:
    channel = make_channel()
    delete = f"{CHANNELS}{channel.pk}/delete/"

    assertNotContains(admin_client.get(f"{CHANNELS}{channel.pk}/change/"), delete)
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403
    assert Channel.objects.filter(pk=channel.pk).exists()


def test_deleting_an_orphan_says_whom_it_touches(admin_client: Client) -> None:
    orphan = make_channel(sync_status=ORPHANED)
    package = make_package(channels=[orphan])
    make_subscriber(packages=[package], channels=[orphan])

    page = admin_client.get(f"{CHANNELS}{orphan.pk}/delete/")
    admin_client.post(f"{CHANNELS}{orphan.pk}/delete/", {"post": "yes"})

    assertContains(page, "Packages affected: 1")
    assertContains(page, "Subscribers affected: 1")
    assert not Channel.objects.exists()


def test_many_are_deleted_only_when_all_are_orphaned(admin_client: Client) -> None:
    synced, orphan = make_channel(), make_channel(sync_status=ORPHANED)

    page = act(admin_client, "delete_selected", [synced, orphan], post="yes")
    assertContains(page, "Their source still has 1 of the selected channels")
    assert Channel.objects.count() == 2

    assertContains(act(admin_client, "delete_selected", [orphan]), "Packages affected: 0")
    act(admin_client, "delete_selected", [orphan], post="yes")
    assert list(Channel.objects.all()) == [synced]


def test_channels_are_put_into_a_group_together(admin_client: Client) -> None:
    channels, group = make_channels(2), make_group(name="News")
    assertContains(act(admin_client, "set_group", channels), "News")

    act(admin_client, "set_group", channels, confirmed="yes", group=group.pk)

    assert set(group.channels.all()) == set(channels)


def test_channels_lose_their_group_together(admin_client: Client) -> None:
    channel = make_channel(group=make_group())

    act(admin_client, "set_group", [channel], confirmed="yes", group="none")

    assert Channel.objects.get().group is None


def test_channels_keep_their_group_where_none_was_chosen_instead(admin_client: Client) -> None:
    channel = make_channel(group=make_group())

    page = act(admin_client, "set_group", [channel], confirmed="yes", group="")

    assertContains(page, "This field is required.")
    assert Channel.objects.get().group == channel.group


def test_filling_packages_needs_the_permission_to_change_packages() -> None:
    make_channel()

    page = staff_client("view_channel", "change_channel").get(CHANNELS)

    assertContains(page, "Set group…")
    assertNotContains(page, "Add to packages…")


def test_the_flussonic_server_is_named_and_switched_but_not_deleted(admin_client: Client) -> None:
    source = Source.objects.flussonic()
    address = f"/admin/channels/source/{source.pk}/"

    admin_client.post(f"{address}change/", {"name": "Main", "description": "", "kind": "other"})
    admin_client.post(f"{address}switch/", {"active": "off"})

    source.refresh_from_db()
    assert (source.name, source.kind, source.is_active) == ("Main", "flussonic", False)
    assert admin_client.get(f"{address}delete/").status_code == 403
