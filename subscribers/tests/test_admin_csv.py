"""Imports and exports of users in the admin."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from catalog.tests.factories import make_tariff
from channels.tests.admin_steps import staff_client
from subscribers.admin_csv import forms
from subscribers.models import Subscriber, SubscriberImport
from subscribers.tests.factories import make_subscriber
from subscribers.tests.import_steps import checked, csv_of, imported, upload, work

pytestmark = pytest.mark.django_db
IMPORTS = "/admin/subscribers/subscriberimport/"
USERS = "/admin/subscribers/subscriber/"
EXPORT = f"{USERS}export.csv"


def send(client: Client, content: bytes = b"", *, name: str = "users.csv", text: str = "") -> Any:
    file = {"file": SimpleUploadedFile(name, content)} if name else {}
    return client.post(f"{IMPORTS}add/", {**file, "text": text})


def page_of(run: SubscriberImport, page: str = "change") -> str:
    return reverse(f"admin:subscribers_subscriberimport_{page}", args=[run.pk])


def body(response: Any) -> str:
    return bytes(b"".join(response.streaming_content)).decode("utf-8-sig")


def numbers(response: Any) -> list[str]:
    return [line.partition(",")[0] for line in body(response).split("\r\n")[1:-1]]


def test_an_upload_is_checked_confirmed_and_imported(
    admin_client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    make_subscriber(agreement_number="A-2", last_name="Old")
    with django_capture_on_commit_callbacks(execute=True):
        response = send(admin_client, csv_of("A-1,x,y", "A-2,New,", "A-3,,"))
    run = SubscriberImport.objects.get()
    assertRedirects(response, page_of(run))
    assert ProcrastinateJob.objects.get().queue_name == "imports"

    work()
    page = admin_client.get(page_of(run))
    for text in ("Would be created", "creates or changes 2 users", "The 1 rejected row is left out", "Old", "New"):
        assertContains(page, text)
    assertContains(page, "Nobody has this agreement number")
    assert Subscriber.objects.count() == 1

    assertRedirects(admin_client.post(page_of(run, "apply")), page_of(run))
    work()
    page = admin_client.get(page_of(run))
    assertContains(page, '<span class="mark mark-good">imported</span>', html=True)
    assertContains(page, f'href="{USERS}"')
    assert set(Subscriber.objects.values_list("last_name", flat=True)) == {"x", "New"}
    run.refresh_from_db()
    assert run.actor == "admin"


def test_a_text_is_imported_like_a_file(admin_client: Client) -> None:
    send(admin_client, name="", text=csv_of("A-1,Ёлкина,y").decode())
    work()

    run = SubscriberImport.objects.get()
    assert (run.file_name, run.created) == ("pasted text", 1)


def test_a_repeat_says_that_there_is_nothing_to_import(admin_client: Client) -> None:
    content = csv_of("A-1,x,y")
    imported(content)

    page = admin_client.get(page_of(checked(content)))

    assertContains(page, "all users of the file are as it says")
    assertNotContains(page, ">Import</button>")


def test_a_file_whose_rows_are_all_rejected_cannot_be_imported(admin_client: Client) -> None:
    page = admin_client.get(page_of(checked(csv_of("A-1,,"))))

    assertContains(page, "every row was rejected")
    assertNotContains(page, ">Import</button>")


def test_a_file_that_cannot_be_read_says_why(admin_client: Client) -> None:
    page = admin_client.get(page_of(checked(b"PK\x03\x04")))

    assertContains(page, "Save it as CSV (UTF-8)")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Choose a file, or paste its text."),
        ({"text": " \r\n"}, "Choose a file, or paste its text."),
        ({"file": b"x", "text": "y"}, "not both"),
        ({"file": b"x" * 101}, "and may have 100"),
    ],
)
def test_an_upload_that_is_none_is_told(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], words: str
) -> None:
    monkeypatch.setattr(forms, "MOST_BYTES", 100)

    file = fields.get("file")
    response = send(admin_client, file or b"", name="users.csv" if file else "", text=fields.get("text", ""))

    assertContains(response, words)
    assert not SubscriberImport.objects.exists()


def test_an_empty_file_is_told_as_what_it_is(admin_client: Client) -> None:
    send(admin_client, b"")
    work()

    assertContains(admin_client.get(page_of(SubscriberImport.objects.get())), "The file is empty.")


def test_the_progress_is_told_as_json(admin_client: Client) -> None:
    run = upload(b"")
    waiting = admin_client.get(page_of(run, "progress")).json()
    SubscriberImport.objects.update(done=300, total=1000)

    told = admin_client.get(page_of(run, "progress")).json()

    assert "Waiting for the worker. No worker is running" in waiting["text"]
    assert (told["state"], told["done"], told["total"]) == ("checking", 300, 1000)
    assert told["text"].startswith("300 of 1000 rows are checked.")
    assertContains(admin_client.get(page_of(run)), '<progress value="300" max="1000"')


def test_the_rejects_are_downloaded_as_csv_that_no_spreadsheet_runs(admin_client: Client) -> None:
    run = checked(csv_of("=1+1,,y"))

    response: Any = admin_client.get(page_of(run, "rejects"))

    assert response["Content-Disposition"] == f'attachment; filename="rejected-{run.pk}.csv"'
    assert body(response).split("\r\n")[1] == (
        '2,last_name,\'=1+1,"Nobody has this agreement number, and a new user needs this."'
    )


def test_no_more_than_200_rejects_are_on_the_page(admin_client: Client) -> None:
    page = admin_client.get(page_of(checked(csv_of(*(f"A-{number},," for number in range(120))))))

    assertContains(page, "These are the first 200")
    assertContains(page, "<tr><td>", count=200)


def test_what_a_file_holds_is_no_html(admin_client: Client) -> None:
    make_subscriber(agreement_number="A-1")
    run = checked(csv_of("A-1,<b>x,y", "<b>,,", "A-2,<i>,y"))

    page = admin_client.get(page_of(run))

    assertNotContains(page, "<b>")
    assertNotContains(page, "<i>")


def test_a_checked_file_is_discarded(admin_client: Client) -> None:
    run = checked(csv_of("A-1,x,y"))

    page = admin_client.post(page_of(run, "discard"), follow=True)

    assertContains(page, "Nothing was imported.")
    assert not SubscriberImport.objects.exists()


def test_an_import_that_is_done_is_neither_confirmed_nor_discarded(admin_client: Client) -> None:
    run = imported(csv_of("A-1,x,y"))

    for step in ("apply", "discard"):
        page = admin_client.post(page_of(run, step), follow=True)
        assertContains(page, '<li class="warning">')
    assert SubscriberImport.objects.get().state == "done"


def test_the_example_is_a_file_that_can_be_imported(admin_client: Client) -> None:
    response: Any = admin_client.get(f"{IMPORTS}example.csv")

    run = checked(b"".join(response.streaming_content))

    assert (run.created, run.rejected, run.error) == (2, 0, "")


@pytest.mark.parametrize("permissions", [["add_subscriber"], ["change_subscriber"], ["view_subscriber"]])
def test_who_may_not_add_and_change_users_may_not_import(permissions: list[str]) -> None:
    client, run = staff_client(*permissions, "view_subscriber"), checked(csv_of("A-1,x,y"))

    pages = [page_of(run, page) for page in ("change", "progress", "rejects")]
    for page in (*pages, IMPORTS, f"{IMPORTS}add/", f"{IMPORTS}example.csv"):
        assert client.get(page).status_code == 403, page
    for page in (page_of(run, "apply"), page_of(run, "discard"), f"{IMPORTS}add/"):
        assert client.post(page).status_code == 403, page
    assertNotContains(client.get(USERS), "Import CSV")
    assertContains(client.get(USERS), "Export CSV")


def test_who_may_add_and_change_users_may_import() -> None:
    client = staff_client("add_subscriber", "change_subscriber", "view_subscriber")

    assertContains(client.get(USERS), "Import CSV")
    assert client.get(f"{IMPORTS}add/").status_code == 200
    assertContains(client.get(IMPORTS), "Imports of users")


@pytest.mark.parametrize("page", ["progress", "apply", "discard", "rejects"])
def test_an_import_that_is_gone_is_not_found(admin_client: Client, page: str) -> None:
    ask = admin_client.post if page in ("apply", "discard") else admin_client.get
    address = reverse(f"admin:subscribers_subscriberimport_{page}", args=[987654])

    assert ask(address).status_code == 404
    assert admin_client.get(f"{IMPORTS}x/change/").status_code == 404


def test_the_page_of_an_import_takes_the_same_queries_for_2_rows_and_20(admin_client: Client) -> None:
    make_tariff(name="Basic")

    def queries(amount: int) -> int:
        rows = [f"A{amount}-{number},x,y,{'Basic' if number % 2 else 'Gold'}" for number in range(amount)]
        run = checked(csv_of(*rows, columns="agreement_number,last_name,first_name,tariffs"))
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(page_of(run))
        return len(captured)

    assert queries(2) == queries(20)


def test_the_export_holds_what_the_list_shows_in_its_order(admin_client: Client) -> None:
    tariff = make_tariff()
    for number, name in enumerate("BCAD"):
        make_subscriber(agreement_number=f"A-{number}", last_name=name, tariffs=[tariff] if name != "C" else [])
    make_subscriber(agreement_number="A-9", last_name="A", status="disabled", tariffs=[tariff])

    filtered = f"?status__exact=enabled&tariffs__id__exact={tariff.pk}&o=-1"

    assert numbers(admin_client.get(EXPORT)) == ["A-2", "A-9", "A-0", "A-1", "A-3"]
    assert numbers(admin_client.get(EXPORT + filtered)) == ["A-3", "A-0", "A-2"]
    assert numbers(admin_client.get(f"{EXPORT}?q=a-9")) == ["A-9"]
    assert numbers(admin_client.get(f"{EXPORT}?p=7")) == ["A-2", "A-9", "A-0", "A-1", "A-3"]


def test_the_button_carries_the_filters_of_the_list(admin_client: Client) -> None:
    page = admin_client.get(f"{USERS}?status__exact=enabled&q=x")

    assertContains(page, f'href="{EXPORT}?q=x&amp;status__exact=enabled"')


def test_the_export_is_a_file_for_spreadsheets(admin_client: Client) -> None:
    make_subscriber()

    response: Any = admin_client.get(EXPORT)

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="subscribers-{timezone.localdate()}.csv"'
    content = b"".join(response.streaming_content)
    assert content.startswith(b"\xef\xbb\xbfagreement_number,")
    assert content.count(b"\r\n") == 2


def test_filters_that_mean_nothing_lead_back_to_the_list(admin_client: Client) -> None:
    response = admin_client.get(f"{EXPORT}?colour=red")

    assert urlsplit(response["Location"]).path == USERS


@pytest.mark.parametrize(("permission", "status"), [("view_subscriber", 200), ("view_channel", 403)])
def test_the_export_is_for_those_who_may_see_users(permission: str, status: int) -> None:
    assert staff_client(permission).get(EXPORT).status_code == status
