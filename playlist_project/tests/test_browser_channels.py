"""The channel list in a real browser: what is changed in the row is saved at once, or undone with the reason."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import FilePayload, Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from catalog.models import Package
from catalog.tests.factories import make_package
from channels.models import Channel, Group
from channels.tests.admin_steps import staff_client
from channels.tests.factories import make_channel, make_channels, make_group
from playlist_project.tests.browser import TELEPHONE, drag, in_a_browser, log_in, toast
from subscribers.tests.factories import make_subscriber

CHANNELS = "/admin/channels/channel/"
pytestmark = in_a_browser


def group_of(page: Page, channel: Channel) -> Locator:
    return page.get_by_label(f"Group of {channel}")


def packages_of(page: Page, channel: Channel) -> Locator:
    return page.get_by_role("button", name=f"Packages of {channel}:")


def choose_group(page: Page, channel: Channel, name: str) -> None:
    group_of(page, channel).focus()  # the list is filled in when it is first used
    group_of(page, channel).select_option(label=name)


def ids_in(package: Package) -> set[int]:
    return set(package.channels.values_list("pk", flat=True))


def test_a_group_chosen_in_the_row_is_saved_at_once(page: Page) -> None:
    channel, news = make_channel(), make_group(name="News")
    page.goto(CHANNELS)

    choose_group(page, channel, "News")

    expect(toast(page, "success")).to_contain_text("The group is saved.")
    assert Channel.objects.get().group == news
    choose_group(page, channel, "no group")
    expect(toast(page, "success")).to_have_count(2)
    assert Channel.objects.get().group is None


def test_packages_ticked_in_the_row_are_saved_at_once_and_named(page: Page) -> None:
    channel, sport, kids = make_channel(), make_package(name="Sport"), make_package(name="Kids")
    page.goto(CHANNELS)

    packages_of(page, channel).click()
    page.get_by_role("checkbox", name="Sport").check()
    page.get_by_role("checkbox", name="Kids").check()

    expect(packages_of(page, channel)).to_have_text("Kids, Sport")
    assert ids_in(sport) == ids_in(kids) == {channel.pk}
    page.get_by_role("checkbox", name="Sport").uncheck()
    expect(packages_of(page, channel)).to_have_text("Kids")
    assert ids_in(sport) == set()


def test_the_packages_can_be_ticked_with_the_keyboard_alone(page: Page) -> None:
    channel, sport = make_channel(), make_package(name="Sport")
    page.goto(CHANNELS)

    packages_of(page, channel).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    expect(packages_of(page, channel)).to_have_text("Sport")
    page.keyboard.press("Escape")

    expect(packages_of(page, channel)).to_be_focused()
    assert ids_in(sport) == {channel.pk}


def test_what_others_did_to_the_packages_behind_an_open_page_stays(page: Page) -> None:
    channel, sport, kids = make_channel(), make_package(name="Sport"), make_package(name="Kids")
    page.goto(CHANNELS)
    kids.channels.add(channel)
    new = make_package(name="New", channels=[channel])

    packages_of(page, channel).click()
    page.get_by_role("checkbox", name="Sport").check()

    expect(toast(page, "success")).to_be_visible()
    assert ids_in(sport) == ids_in(kids) == ids_in(new) == {channel.pk}


def test_with_the_keyboard_a_group_is_saved_by_enter_and_not_on_the_way(page: Page) -> None:
    channel = make_channel()
    for name in ("First", "Second", "Third"):
        make_group(name=name)
    page.goto(CHANNELS)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url) if "/api/" in request.url else None)

    group_of(page, channel).focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    assert requests == []
    page.keyboard.press("Enter")

    expect(toast(page, "success")).to_contain_text("The group is saved.")
    assert Channel.objects.get().group == Group.objects.get(name="Third")
    assert len(requests) == 1


def test_a_group_chosen_with_the_keyboard_is_saved_when_it_is_left_or_given_up_by_escape(page: Page) -> None:
    first, second = make_channels(2)
    news = make_group(name="News")
    page.goto(CHANNELS)

    group_of(page, first).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    group_of(page, second).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")

    expect(toast(page, "success")).to_have_count(1)
    expect(packages_of(page, second)).to_be_focused()
    assert list(Channel.objects.filter(group=news)) == [second]


def test_many_packages_are_searched(page: Page) -> None:
    channel = make_channel()
    for number in range(12):
        make_package(name=f"Package {number}")
    page.goto(CHANNELS)

    packages_of(page, channel).click()
    page.get_by_label("Search packages").fill("age 11")

    expect(page.locator("#package-menu label:visible")).to_have_text(["Package 11"])


def cut_the_line(page: Page) -> None:
    def abort(route: Route) -> None:
        route.abort()

    page.route("**/api/v1/**", abort)


def test_a_group_that_could_not_be_saved_is_put_back_with_the_reason(page: Page) -> None:
    channel = make_channel(group=make_group(name="News"))
    make_group(name="Sport")
    page.goto(CHANNELS)
    cut_the_line(page)

    choose_group(page, channel, "Sport")

    expect(toast(page, "error")).to_contain_text("The group was not changed. The server could not be reached.")
    expect(group_of(page, channel).locator("option:checked")).to_have_text("News")


def test_a_group_that_is_gone_is_refused_with_the_reason(page: Page) -> None:
    channel, gone = make_channel(), make_group(name="Gone")
    page.goto(CHANNELS)
    gone.delete()

    choose_group(page, channel, "Gone")

    expect(toast(page, "error")).to_contain_text("The group was not changed.")
    expect(toast(page, "error")).to_contain_text("object does not exist")
    expect(group_of(page, channel).locator("option:checked")).to_have_text("no group")


def test_packages_that_could_not_be_saved_are_unticked_with_the_reason(page: Page) -> None:
    channel = make_channel()
    make_package(name="Sport")
    page.goto(CHANNELS)
    Session.objects.all().delete()

    packages_of(page, channel).click()
    page.get_by_role("checkbox", name="Sport").click()

    expect(toast(page, "error")).to_contain_text("The packages were not changed. You are no longer logged in.")
    expect(page.get_by_role("checkbox", name="Sport")).not_to_be_checked()
    expect(packages_of(page, channel)).to_have_text("none")


def test_who_may_only_look_finds_plain_text_in_the_rows(page: Page, live_server: LiveServer) -> None:
    make_package(name="Sport", channels=[make_channel(group=make_group(name="News"))])
    log_in(page.context, staff_client("view_channel"), live_server.url)

    page.goto(CHANNELS)

    expect(page.locator(".field-group_shown")).to_have_text("News")
    expect(page.locator(".field-packages_shown")).to_have_text("Sport")
    expect(page.locator("#result_list :is(select, button, input, .drag)")).to_have_count(0)


def test_a_drag_in_a_filtered_list_is_the_order_of_the_playlist(page: Page) -> None:
    group = make_group()
    first, hidden, second = make_channel(group=group), make_channel(), make_channel(group=group)
    subscriber = make_subscriber(channels=[first, hidden, second])
    page.goto(f"{CHANNELS}?group__id__exact={group.pk}")

    with page.expect_response("**/adminsortable2_update/**"):
        drag(page, second, onto=first)

    lines = page.request.get(f"/playlist/{subscriber.token}.m3u8").text().splitlines()
    titles = [line.rpartition(",")[2] for line in lines if line.startswith("#EXTINF")]
    assert titles == [str(second), str(first), str(hidden)]


def test_rows_are_changed_on_a_telephone(page: Page) -> None:
    channel, news = make_channel(), make_group(name="News")
    page.set_viewport_size(TELEPHONE)  # type: ignore[arg-type]
    page.goto(CHANNELS)

    choose_group(page, channel, "News")

    expect(toast(page, "success")).to_contain_text("The group is saved.")
    assert Channel.objects.get().group == news
    assert page.evaluate("document.documentElement.scrollWidth") == TELEPHONE["width"]


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_chosen_logo_is_shown_before_it_is_saved(page: Page, colours: str) -> None:
    channel = make_channel()
    page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]
    page.goto(f"{CHANNELS}{channel.pk}/change/")

    page.set_input_files("#id_logo_file", FilePayload(name="a.gif", mimeType="image/gif", buffer=GIF))
    expect(page.get_by_alt_text("The chosen logo")).to_be_visible()
    page.click("input[name=_continue]")

    expect(page.locator(".field-picture img")).to_have_attribute("src", f"/logos/{channel.pk}.png?v={_ref(channel)}")
    page.check("#id_remove_logo")
    expect(page.locator(".field-picture img")).to_have_count(0)


GIF = bytes.fromhex("47494638396101000100800000ff00000000002c00000000010001000002024401003b")


def _ref(channel: Channel) -> str:
    return str(Channel.objects.get(pk=channel.pk).logo_ref)
