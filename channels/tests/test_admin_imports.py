"""Imports of lists in the admin: progress, the decision of staff, what was done, taking it back."""

import logging

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains

from channels.models import Channel, ImportRun, Source
from channels.tests.admin_steps import staff_client
from channels.tests.lists_in_admin import (
    MAPPING,
    SECRET,
    add,
    again,
    decide,
    given,
    import_it,
    imported,
    in_state,
    page,
    plan_of,
    ready,
    work,
)

pytestmark = pytest.mark.django_db(transaction=True)
State = ImportRun.State
MANY = "#EXTM3U\n" + "".join(f"#EXTINF:-1,Channel {n}\nhttp://example.com/{n}\n" for n in range(20))


def test_the_page_of_an_import_at_work_asks_how_far_it_is(admin_client: Client) -> None:
    run = in_state(State.READING, bytes_read=3_000_000, total=4_000)

    told = admin_client.get(page("importrun_progress", run.pk)).json()

    assert told == {"state": "reading", "text": "3.0 MB have come, 4000 entries are read."}
    shown = admin_client.get(page("importrun_change", run.pk))
    assertContains(shown, page("importrun_progress", run.pk))
    assertContains(shown, "Cancel the import")


def test_one_that_waits_says_when_there_is_no_worker(admin_client: Client) -> None:
    assertContains(admin_client.get(page("importrun_change", add(admin_client).pk)), "No worker is running")


def test_what_was_found_is_shown_without_logins(admin_client: Client) -> None:
    run = ready(admin_client)

    shown = admin_client.get(page("importrun_change", run.pk))

    for text in (
        "<code>x-kind</code>",
        "one.tv",
        "http://line.example.com/…",
        "http://logo.example.com/1.png",
        "plugin://play/…",
        "addresses of this kind",
        "News",
    ):
        assertContains(shown, text)
    assertContains(shown, '<option value="group-title" selected>')
    assertContains(shown, "The addresses in this list hold a login")
    assertNotContains(shown, SECRET)


def test_a_list_without_attributes_takes_its_names_from_the_titles(admin_client: Client) -> None:
    run = ready(admin_client, text=MANY)

    shown = admin_client.get(page("importrun_change", run.pk))

    assertContains(shown, "The list has no attributes")
    assertContains(shown, '<option value="title" selected>', 2)


def test_another_mapping_is_shown_before_it_is_imported(admin_client: Client) -> None:
    run = ready(admin_client)
    decide(admin_client, run, display_name="title", tvg_id="", look="1")
    assert again(run).state == "waiting"
    work()

    run = again(run)
    first = plan_of(run)["first"][0]
    assert (run.state, first["display_name"], first["tvg_id"]) == ("ready", "First", None)
    assert not Channel.objects.exists()
    assertContains(admin_client.get(page("importrun_change", run.pk)), '<option value="title" selected>')


def test_what_staff_have_chosen_is_imported_and_remembered(admin_client: Client) -> None:
    run = ready(admin_client)
    decide(admin_client, run, display_name="title", tvg_id="", **{"import": "1"})
    work()

    run = again(run)
    assert (run.state, run.added, run.rejected) == ("done", 2, 1)
    assert [*Channel.objects.values_list("display_name", "tvg_id")] == [("First", None), ("Second", None)]
    assert run.source.mapping == {**MAPPING, "display_name": "title", "tvg_id": ""}
    shown = admin_client.get(page("importrun_change", run.pk))
    for text in ("First", "Second", "To the channels", "Undo…"):
        assertContains(shown, text)


def test_an_attribute_that_the_list_has_not_is_refused(admin_client: Client) -> None:
    run = ready(admin_client)

    answer = decide(admin_client, run, tvg_id="made-up", **{"import": "1"})

    assertContains(answer, "Select a valid choice")
    assert again(run).state == "ready"


def test_the_same_decision_twice_is_one(admin_client: Client) -> None:
    run = ready(admin_client)
    decide(admin_client, run, **{"import": "1"})

    assertContains(decide(admin_client, run, **{"import": "1"}), "This import is not waiting for you")


@pytest.mark.parametrize("state", [state for state in State if state != State.READY])
def test_only_what_waits_for_a_decision_takes_one(admin_client: Client, state: State) -> None:
    run = in_state(state)

    decide(admin_client, run, **{"import": "1"})

    assert again(run).state == state


@pytest.mark.parametrize(
    ("state", "then", "asked"),
    [
        (State.WAITING, "cancelled", True),
        (State.READY, "cancelled", True),
        (State.READING, "reading", True),
        (State.IMPORTING, "importing", False),
        (State.DONE, "done", False),
    ],
)
def test_what_has_not_begun_to_write_can_be_cancelled(
    admin_client: Client, state: State, then: str, asked: bool
) -> None:
    run = in_state(state)

    admin_client.post(page("importrun_cancel", run.pk))

    run = again(run)
    assert (run.state, run.cancel_asked) == (then, asked)


def test_one_that_is_cancelled_is_not_done_by_the_worker(admin_client: Client) -> None:
    run = add(admin_client)
    admin_client.post(page("importrun_cancel", run.pk))
    work()

    assert again(run).state == "cancelled"
    admin_client.post(page("importrun_again", run.pk))
    work()
    assert again(run).state == "ready"


def test_too_much_that_would_be_gone_is_imported_by_force_alone(admin_client: Client) -> None:
    run = imported(admin_client, text=MANY)
    fewer = given(admin_client, run.source, MANY.partition("#EXTINF:-1,Channel 5")[0])
    shown = admin_client.get(page("importrun_change", fewer.pk))
    assertContains(shown, "20 channels are missing from the list")
    import_it(admin_client, fewer)
    shown = admin_client.get(page("importrun_change", fewer.pk))
    assertContains(shown, "Import all the same")
    assert again(fewer).state == "refused"
    assert not Channel.objects.orphaned().exists()

    admin_client.post(page("importrun_again", fewer.pk), {"force": "1"})
    work()

    assert (again(fewer).state, again(fewer).gone) == ("done", 15)
    assertContains(admin_client.get(page("importrun_change", fewer.pk)), "Channel 19")


def test_force_can_be_ticked_at_the_decision(admin_client: Client) -> None:
    run = imported(admin_client, text=MANY)
    fewer = given(admin_client, run.source, MANY.partition("#EXTINF:-1,Channel 5")[0])

    import_it(admin_client, fewer, force="1")

    assert again(fewer).gone == 15


def test_what_is_no_list_says_so_and_can_be_read_again(admin_client: Client) -> None:
    run = ready(admin_client, text="<!DOCTYPE html><html><body>Log in</body></html>")

    shown = admin_client.get(page("importrun_change", run.pk))

    for text in ("This is a web page", "The channels are as they were before", "Read it again"):
        assertContains(shown, text)


def test_whoever_may_look_decides_nothing() -> None:
    client = staff_client("view_source")
    run = in_state(State.READY, plan={})

    for name in ("decide", "again", "cancel", "undo"):
        assert client.post(page(f"importrun_{name}", run.pk), MAPPING).status_code == 403
    for name in ("refresh", "switch"):
        assert client.post(page(f"source_{name}", run.source_id)).status_code == 403
    shown = client.get(page("importrun_change", run.pk))
    assertNotContains(shown, "Discard it")
    assertNotContains(shown, 'name="import"')
    assertNotContains(client.get(page("source_change", run.source_id)), "Refresh now")


def test_whoever_may_look_reads_the_mapping_in_words(admin_client: Client) -> None:
    run = ready(admin_client, text=MANY)

    shown = staff_client("view_source").get(page("importrun_change", run.pk))

    assertContains(shown, "<dt>name</dt><dd>the title after the comma</dd>")
    assertContains(shown, "<dt>logo</dt><dd>nothing</dd>")


def test_whoever_may_not_see_sources_sees_no_import() -> None:
    client = staff_client("view_channel")
    run = in_state(State.DONE)

    for name in ("change", "progress", "rejects"):
        assert client.get(page(f"importrun_{name}", run.pk)).status_code == 403


@pytest.mark.parametrize("name", ["change", "progress", "rejects", "undo"])
def test_an_import_that_is_not_there_is_not_found(admin_client: Client, name: str) -> None:
    assert admin_client.get(page(f"importrun_{name}", 2**70)).status_code in (302, 404)
    assert admin_client.get(page(f"importrun_{name}", 4_000_000)).status_code == 404


def test_nothing_secret_is_logged(admin_client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    add(admin_client, text="", address=f"http://line.example.com/get.php?username=anna&password={SECRET}")
    work()

    assert SECRET not in caplog.text
    assert SECRET not in Source.objects.lists().get().runs.get().error
