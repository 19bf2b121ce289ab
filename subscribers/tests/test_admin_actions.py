"""What staff do with many subscribers of the list at once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains
from pytest_django.fixtures import Settings

from catalog.tests.factories import make_package, make_tariff
from channels.tests.admin_steps import act, staff_client
from channels.tests.factories import make_channel
from demo.auth_service import AuthServiceStandIn
from integrations.auth_service.delivery import deliver_subscriber
from playlist_project.tests.test_admin_site import queries_of
from subscribers.feed.following import latest
from subscribers.models import OutboxEntry, Subscriber
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
SUBSCRIBERS = "/admin/subscribers/subscriber/"
DAY = timedelta(days=1)


def ask(client: Client, action: str, rows: list[Subscriber], query: str = "", **answer: Any) -> Any:
    return act(client, action, rows, SUBSCRIBERS + query, **answer)


def confirm(client: Client, action: str, rows: list[Subscriber], query: str = "", **answer: Any) -> Any:
    """Send the page back as it comes, with the answers to what it asks."""
    page = ask(client, action, rows, query, **answer).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z]\w+)" value="([^"]*)"', page))
    del hidden["action"]
    return ask(client, action, rows, query, **hidden, **{k: v for k, v in answer.items() if k not in hidden})


def those_shown(client: Client, page: Any) -> set[Subscriber]:
    """Return whom the link of the message leads to."""
    (message,) = page.context["messages"]
    found = re.search(r'href="([^"]+)"', str(message))
    assert found
    return set(client.get(found[1]).context["cl"].result_list)


def statuses() -> list[str]:
    return list(Subscriber.objects.order_by("pk").values_list("status", flat=True))


def test_the_page_says_how_many_are_chosen_and_how_many_stay_as_they_are(admin_client: Client) -> None:
    chosen = [make_subscriber(), make_subscriber(), make_subscriber(status="disabled")]

    page = ask(admin_client, "disable", chosen)

    for words in ("3 chosen", "1 is disabled already.", 'value="Disable 2 subscribers"'):
        assertContains(page, words)
    assert statuses() == ["enabled", "enabled", "disabled"]


def test_the_result_leads_to_exactly_those_who_were_changed(admin_client: Client) -> None:
    first, second, already = make_subscriber(), make_subscriber(), make_subscriber(status="disabled")
    make_subscriber()

    page = confirm(admin_client, "disable", [first, second, already])

    assertContains(page, "2 subscribers were disabled.")
    assert those_shown(admin_client, page) == {first, second}
    assert statuses() == ["disabled", "disabled", "disabled", "enabled"]


def test_enabling_says_who_has_lapsed_all_the_same(admin_client: Client) -> None:
    chosen = [make_subscriber(status="disabled", valid_until=timezone.now() - DAY), make_subscriber()]

    assertContains(ask(admin_client, "enable", chosen), "1 of them has lapsed")
    confirm(admin_client, "enable", chosen)

    assert statuses() == ["enabled", "enabled"]


def test_where_nothing_would_change_there_is_no_button(admin_client: Client) -> None:
    page = ask(admin_client, "enable", [make_subscriber(), make_subscriber()])

    assertContains(page, "2 are enabled already.")
    assertContains(page, "There is nothing to do.")
    assertNotContains(page, 'type="submit" class="default')


def test_all_of_a_filtered_list_are_changed_without_a_field_for_each(admin_client: Client) -> None:
    now = timezone.now()
    lapsed = [make_subscriber(valid_until=now - DAY) for _ in range(3)]
    other = make_subscriber()
    query = "?validity=lapsed"

    page = ask(admin_client, "disable", lapsed, query, select_across="1")
    assert page.content.decode().count("_selected_action") == 1
    confirm(admin_client, "disable", lapsed[:1], query, select_across="1")

    assert statuses() == ["disabled"] * 3 + ["enabled"]
    assert Subscriber.objects.enabled().get() == other


def test_extending_says_who_has_no_end(admin_client: Client) -> None:
    now = timezone.now()
    running, endless = make_subscriber(valid_until=now + DAY), make_subscriber()

    page = ask(admin_client, "extend", [running, endless])
    assertContains(page, "1 has no end, and stays as it is.")
    assertContains(page, 'value="Extend 1 subscriber"')
    page = confirm(admin_client, "extend", [running, endless], days="7")

    assert those_shown(admin_client, page) == {running}
    running.refresh_from_db()
    assert running.valid_until == now + 8 * DAY


def test_a_confirmation_that_is_sent_twice_extends_once(admin_client: Client) -> None:
    now = timezone.now()
    chosen = [make_subscriber(valid_until=now + DAY)]
    key = ask(admin_client, "extend", chosen).context["form"]["key"].value()
    for _ in range(2):
        page = ask(admin_client, "extend", chosen, confirmed="yes", days="7", key=key)

    assertContains(page, "This page was sent twice; the days were added once.")
    assert Subscriber.objects.get().valid_until == now + 8 * DAY


def test_a_page_that_was_used_extends_by_no_other_days(admin_client: Client) -> None:
    now = timezone.now()
    chosen = [make_subscriber(valid_until=now)]
    key = ask(admin_client, "extend", chosen).context["form"]["key"].value()
    ask(admin_client, "extend", chosen, confirmed="yes", days="7", key=key)

    page = ask(admin_client, "extend", chosen, confirmed="yes", days="30", key=key)

    assertContains(page, "Nothing was done: this page was sent before.")
    end = Subscriber.objects.get().valid_until
    assert end
    assert end < now + 8 * DAY


@pytest.mark.parametrize("days", ["0", "3651", "", "a month"])
def test_days_that_cannot_be_are_asked_for_again(admin_client: Client, days: str) -> None:
    end = timezone.now() + DAY
    page = confirm(admin_client, "extend", [make_subscriber(valid_until=end)], days=days)

    assertContains(page, "errorlist")
    assert Subscriber.objects.get().valid_until == end


def test_an_end_beyond_the_calendar_is_told(admin_client: Client) -> None:
    end = timezone.now().replace(year=9999, month=12, day=1)

    page = confirm(admin_client, "extend", [make_subscriber(valid_until=end)], days="100")

    assertContains(page, "1 subscriber would end beyond the year 9999, and stays as it is.")


def test_a_tariff_is_chosen_then_counted_then_given(admin_client: Client) -> None:
    tariff = make_tariff(name="Sport")
    having, lacking = make_subscriber(tariffs=[tariff]), make_subscriber()

    assertContains(ask(admin_client, "add_tariff", [having, lacking]), 'name="tariff"')
    page = ask(admin_client, "add_tariff", [having, lacking], tariff=tariff.pk)
    assertContains(page, "1 has it already.")
    assert not lacking.tariffs.exists()
    page = confirm(admin_client, "add_tariff", [having, lacking], tariff=tariff.pk)

    assertContains(page, "1 subscriber got the tariff Sport.")
    assert those_shown(admin_client, page) == {lacking}
    assert lacking.tariffs.get() == tariff


def test_a_tariff_is_taken_away_after_the_count(admin_client: Client) -> None:
    tariff = make_tariff(name="Sport")
    having, lacking = make_subscriber(tariffs=[tariff]), make_subscriber()

    assertContains(ask(admin_client, "remove_tariff", [having, lacking], tariff=tariff.pk), "1 does not have it.")
    page = confirm(admin_client, "remove_tariff", [having, lacking], tariff=tariff.pk)

    assert those_shown(admin_client, page) == {having}
    assert not having.tariffs.exists()


def test_an_unknown_tariff_is_asked_for_again(admin_client: Client) -> None:
    assertContains(ask(admin_client, "add_tariff", [make_subscriber()], tariff="999", confirmed="yes"), "errorlist")


def test_tokens_are_sent_again_though_they_were_delivered(
    admin_client: Client, auth_service: AuthServiceStandIn
) -> None:
    chosen = [make_subscriber(packages=[make_package(channels=[make_channel()])]) for _ in range(2)]
    for subscriber in chosen:
        deliver_subscriber(subscriber.pk)
    assert not OutboxEntry.objects.exists()

    page = confirm(admin_client, "send_again", chosen)

    assertContains(page, "2 tokens will be sent again.")
    assertContains(page, 'href="/admin/subscribers/outboxentry/"')
    assert {entry.token for entry in OutboxEntry.objects.all()} == {subscriber.token for subscriber in chosen}


def test_without_an_auth_service_nothing_is_sent_again(admin_client: Client) -> None:
    subscriber = make_subscriber()
    OutboxEntry.objects.all().delete()

    assertNotContains(admin_client.get(SUBSCRIBERS), "Send tokens again")
    ask(admin_client, "send_again", [subscriber], confirmed="yes")

    assert not OutboxEntry.objects.exists()


def test_who_may_only_look_has_no_actions(settings: Settings) -> None:
    settings.AUTH_SERVICE_URL = "http://auth.example.com"
    client, subscriber = staff_client("view_subscriber"), make_subscriber()

    assertNotContains(client.get(SUBSCRIBERS), "Disable…")
    ask(client, "disable", [subscriber], confirmed="yes")

    assert statuses() == ["enabled"]


def test_the_history_says_who_did_it(admin_client: Client) -> None:
    confirm(admin_client, "disable", [make_subscriber(), make_subscriber()])

    changes = [change for change in latest(limit=10) if change.action == "changed"]
    assert [(change.actor, change.way) for change in changes] == [("admin", "admin")] * 2


@pytest.mark.parametrize("action", ["disable", "extend"])
def test_an_action_takes_the_same_queries_for_2_rows_and_20(admin_client: Client, action: str) -> None:
    def rows(amount: int) -> list[Subscriber]:
        return [make_subscriber(valid_until=timezone.now()) for _ in range(amount)]

    confirm(admin_client, action, rows(1), days="1")
    few, many = rows(2), rows(20)

    for_few = queries_of(lambda: confirm(admin_client, action, few, days="1"))
    for_many = queries_of(lambda: confirm(admin_client, action, many, days="1"))

    assert len(for_few) == len(for_many), "\n".join(for_many)


@pytest.mark.parametrize("value", ["x", "4d0be5d0-0000-4000-8000-000000000000"])
def test_an_unknown_action_has_changed_nobody(admin_client: Client, value: str) -> None:
    make_subscriber()

    page = admin_client.get(f"{SUBSCRIBERS}?changed_in={value}", follow=True)

    assert page.status_code == 200
    assertNotContains(page, "changed by one action") if value == "x" else assertContains(page, "Nobody is found.")
