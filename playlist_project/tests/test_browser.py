"""The admin in a real browser: rows are dragged, failures are seen, and the pages keep to their security policy."""

from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import ConsoleMessage, Page, Route

from channels.models import Channel, Group
from channels.tests.factories import make_channel, make_channels, make_group
from playlist_project.tests.admin_pages import address, addresses, make_rows, steps
from playlist_project.tests.browser import drag, in_a_browser, send
from subscribers.models import Subscriber
from subscribers.tests.factories import make_subscriber

CHANNELS = "/admin/channels/channel/"
pytestmark = in_a_browser


def test_the_page_of_the_api_works_within_its_security_policy(page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    make_group(name="News")

    page.goto("/api/v1/docs")
    operation = page.locator("#operations-groups-groups_list")
    operation.locator("button.opblock-summary-control").click()
    operation.locator("button.try-out__btn").click()
    operation.locator("button.execute").click()

    answer = operation.locator(".live-responses-table .response-col_description .highlight-code").first
    answer.wait_for()
    assert "News" in answer.inner_text()
    assert complaints == []


def test_a_row_dragged_in_a_filtered_list_is_saved_and_hidden_rows_stay(page: Page) -> None:
    group = make_group()
    first, hidden, second, third = (make_channel(group=g) for g in (group, None, group, group))
    page.goto(f"{CHANNELS}?group__id__exact={group.pk}")

    with page.expect_response("**/adminsortable2_update/**") as saved:
        drag(page, third, onto=first)

    assert saved.value.status == 200
    assert list(Channel.objects.all()) == [third, hidden, first, second]
    assert page.locator("#order-not-saved").count() == 0


def test_a_row_dragged_in_a_list_shown_from_its_end_is_saved_as_it_was_seen(page: Page) -> None:
    first, second, third = make_channels(3)
    page.goto(f"{CHANNELS}?o=-1")

    with page.expect_response("**/adminsortable2_update/**"):
        drag(page, third, onto=first)

    assert list(Channel.objects.order_by("-sort_order")) == [second, first, third]


def test_a_row_dragged_among_rows_that_were_never_sorted_is_saved(page: Page) -> None:
    first, second, third = (make_group(sort_order=0) for _ in range(3))
    page.goto("/admin/channels/group/")

    with page.expect_response("**/adminsortable2_update/**"):
        drag(page, third, onto=first)

    assert list(Group.objects.all()) == [third, first, second]


def cut_the_line(page: Page, _row: Channel) -> None:
    def abort(route: Route) -> None:
        route.abort()

    page.route("**/adminsortable2_update/**", abort)


def delete_the_row(_page: Page, row: Channel) -> None:
    Channel.objects.filter(pk=row.pk).delete()


def log_out(_page: Page, _row: Channel) -> None:
    Session.objects.all().delete()


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        pytest.param(cut_the_line, "The server could not be reached.", id="no connection"),
        pytest.param(delete_the_row, "Some of the rows are gone by now.", id="a row is gone"),
        pytest.param(log_out, "You are no longer logged in.", id="logged out"),
    ],
)
def test_an_order_that_was_not_saved_is_told(page: Page, trouble: Callable[[Page, Channel], None], reason: str) -> None:
    first, second = make_channels(2)
    page.goto(CHANNELS)
    trouble(page, first)

    drag(page, second, onto=first)

    message = page.locator("#order-not-saved")
    message.wait_for()
    assert "The new order was not saved." in message.inner_text()
    assert reason in message.inner_text()


@pytest.mark.usefixtures("flussonic", "auth_service")
def test_no_page_breaks_its_security_policy(page: Page) -> None:
    make_rows(2)
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        refused = message.location["url"] == page.url and "the server responded with a status of 4" in message.text
        if message.type in ("error", "warning") and not refused:
            complaints.append(f"{page.url}: {message.text}")

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    for where in addresses():
        page.goto(where)
    for where, fields in steps():
        send(page, where, fields)

    assert complaints == []


def test_an_action_asks_for_more_on_a_page_of_its_own(page: Page) -> None:
    channel, group = make_channel(), make_group(name="News")
    page.goto(CHANNELS)
    page.check(f'input[name="_selected_action"][value="{channel.pk}"]')
    page.select_option('select[name="action"]', "set_group")
    page.click('button[name="index"]')
    page.select_option('select[name="group"]', str(group.pk))
    page.click('input[type="submit"]')

    assert "1 channel is in the group News now." in page.inner_text(".messagelist")
    assert Channel.objects.get().group == group


def test_a_channel_is_looked_up_by_name_and_explained(page: Page) -> None:
    subscriber = make_subscriber(channels=[make_channel(display_name="Morning news")])
    page.goto(address(Subscriber, "change", subscriber.pk))
    page.click(".question .select2-selection")
    page.fill(".select2-dropdown .select2-search__field", "morning")  # the form has more of them
    page.click(".select2-results__option:has-text('Morning news')")
    page.click(".question button")

    assert "has" in page.inner_text(".answer .mark-good")
    assert "given directly" in page.inner_text(".boxes")
