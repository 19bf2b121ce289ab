"""The changes in the admin: who changed what, read from what the database keeps."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects
from pytest_django.fixtures import Settings

from catalog.models import Package
from catalog.tests.factories import make_package
from channels.tests.admin_steps import staff_client
from channels.tests.factories import make_channel, make_group
from playlist_project.history import made_by
from playlist_project.tests.admin_pages import make_rows
from subscribers.feed.events import TYPES
from subscribers.models import Subscriber
from subscribers.services import generate_password, rotate_token
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
CHANGES = "/admin/changes/"


def shown(client: Client, **query: Any) -> list[str]:
    """Return what the lines of the page say happened."""
    lines = client.get(CHANGES, query).context["lines"]
    return [f"{line.change.action} {line.change.subject.type}" for line in lines]


def test_a_change_is_shown_with_old_and_new_and_who_made_it(admin_client: Client) -> None:
    make_package(name="Basic")
    with made_by("olga", way="api", reason="a new offer"):
        Package.objects.update(name="Extra")

    page = admin_client.get(CHANGES)

    for text in ("olga", "by the API", "<del>Basic</del>", "<ins>Extra</ins>", "Reason: a new offer"):
        assertContains(page, text)


def test_names_lead_to_what_is_there_and_what_is_gone_is_marked(admin_client: Client) -> None:
    package, subscriber = make_package(name="Basic"), make_subscriber()
    subscriber.packages.add(package)
    package.delete()

    page = admin_client.get(f"{CHANGES}?type=subscriber&id={subscriber.pk}")

    assertContains(page, f'<a href="/admin/subscribers/subscriber/{subscriber.pk}/change/">{subscriber}</a>')
    assertContains(page, 'Package Basic <span class="quiet">(deleted)</span> was given to the user')
    assertContains(page, f"<h1>Changes of {subscriber}</h1>", html=True)


def test_that_a_password_changed_is_shown_and_nothing_of_it(admin_client: Client) -> None:
    subscriber = make_subscriber()
    with made_by("olga", way="admin"):
        password = generate_password(subscriber)

    page = admin_client.get(CHANGES)

    assertContains(page, "password")
    for secret in (password, subscriber.password_digest):
        assertNotContains(page, secret)


def test_no_token_is_shown(admin_client: Client) -> None:
    subscriber = make_subscriber(token="a-token-of-old")
    rotate_token(subscriber)

    page = admin_client.get(CHANGES)

    assertContains(page, "token")
    assertNotContains(page, "a-token-of-old")
    assertNotContains(page, subscriber.token)


def test_text_of_staff_is_no_markup(admin_client: Client) -> None:
    make_package(name="<b>bold</b>", description="<script>alert(1)</script>")

    assertNotContains(admin_client.get(CHANGES), "<b>bold")
    assertNotContains(admin_client.get(CHANGES), "<script>alert")


def test_the_list_can_be_narrowed(admin_client: Client) -> None:
    make_group()
    package = make_package()
    with made_by("olga", way="admin"):
        package.channels.add(make_channel())

    assert shown(admin_client, type="group") == ["created group"]
    assert shown(admin_client, actor="olga") == ["assigned package", "created channel"]
    assert shown(admin_client, way="database") == ["created package", "created group"]
    assert shown(admin_client, type="package", id=package.pk) == ["assigned package", "created package"]


def test_days_are_those_of_the_operator(admin_client: Client, settings: Settings) -> None:
    settings.TIME_ZONE = "Asia/Vladivostok"
    make_package()
    events = apps.get_model("catalog.PackageEvent").objects
    events.update(pgh_created_at=datetime(2026, 3, 1, 20, 0, tzinfo=UTC))  # early on the 2nd over there

    assert shown(admin_client, begin="2026-03-02", end="2026-03-02") == ["created package"]
    assert shown(admin_client, end="2026-03-01") == shown(admin_client, begin="2026-03-03") == []


def test_pages_lead_to_older_ones_and_keep_the_filter(admin_client: Client) -> None:
    for _ in range(60):
        make_group()
    make_package()

    first = admin_client.get(CHANGES, {"type": "group"})
    (older,) = re.findall(r'href="(\?[^"]*before[^"]*)"', first.content.decode())
    second = admin_client.get(CHANGES + older.replace("&amp;", "&"))

    seen = [line.change.subject.id for page in (first, second) for line in page.context["lines"]]
    assert len(seen) == len(set(seen)) == 60
    assertNotContains(second, ">Older<")


@pytest.mark.parametrize(
    "query",
    [{"type": "x"}, {"id": "x"}, {"id": "9" * 30}, {"before": "x"}, {"before": "1"}, {"begin": "x"}, {"way": "x"}],
)
def test_a_bad_filter_is_said_and_shows_nothing(admin_client: Client, query: dict[str, Any]) -> None:
    make_group()

    page = admin_client.get(CHANGES, query)

    assertContains(page, "errorlist")
    assert page.context["lines"] == []


@pytest.mark.parametrize(
    ("page", "model"),
    [
        ("catalog/package", "package"),
        ("catalog/tariff", "tariff"),
        ("channels/group", "group"),
        ("channels/channel", "channel"),
        ("subscribers/subscriber", "subscriber"),
    ],
)
def test_the_history_of_a_page_is_its_changes(admin_client: Client, page: str, model: str) -> None:
    make_rows(1)
    pk = apps.get_model(page.replace("/", ".")).objects.latest("pk").pk

    answer = admin_client.get(f"/admin/{page}/{pk}/history/")

    assertRedirects(answer, f"{CHANGES}?type={model}&id={pk}")
    assert f"created {model}" in shown(admin_client, type=model, id=pk)


def test_an_account_sees_the_changes_of_what_it_may_see() -> None:
    make_subscriber(packages=[make_package()])
    client = staff_client("view_package")

    assert shown(client) == ["created package"]
    assertContains(client.get("/admin/"), CHANGES)


def test_without_a_right_to_see_anything_there_is_no_page() -> None:
    client = staff_client("view_user")

    assert client.get(CHANGES).status_code == 403
    assertNotContains(client.get("/admin/"), CHANGES)


def test_the_page_takes_the_same_queries_for_2_rows_and_20(admin_client: Client) -> None:
    admin_client.get(CHANGES)
    counts = []
    for amount in (2, 18):
        make_rows(amount)
        Subscriber.objects.filter(pk=make_subscriber().pk).delete()
        Package.objects.filter(pk=make_package().pk).delete()
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(CHANGES)
        counts.append(len(captured))

    assert counts[0] == counts[1]
    assert len(TYPES) == 5


def test_it_shows_what_a_long_transaction_elsewhere_would_hold_up_in_the_feed(admin_client: Client) -> None:
    make_group()  # the transaction of this test is open

    assert shown(admin_client) == ["created group"]
    assert timezone.now() - timedelta(days=1) < admin_client.get(CHANGES).context["lines"][0].change.at
