"""Imports in the hands of the worker: interrupted, taken over, doubled, given up, forgotten."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from channels.tests.factories import make_channel
from subscribers.csv import importing
from subscribers.csv import runs as import_runs
from subscribers.models import RejectedRow, Subscriber, SubscriberImport
from subscribers.tests.factories import make_subscriber
from subscribers.tests.import_steps import checked, counts, csv_of, imported, rejects, upload, work

pytestmark = pytest.mark.django_db
State = SubscriberImport.State
SIX = csv_of("A-1,x,y", "A-2,x,y", "A-3,,", "A-4,x,y", "A-1,x,y", "A-5,x,y")
OF_SIX = {"created": 4, "rejected": 2}


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK", 2)


def confirmed(content: bytes) -> SubscriberImport:
    run = checked(content)
    assert import_runs.confirm(run.pk, actor="boris")
    run.refresh_from_db()
    return run


def after(calls: int) -> Iterator[bool]:
    yield from [False] * calls
    while True:
        yield True


def stop_after(calls: int) -> Callable[[], bool]:
    answers = after(calls)
    return lambda: next(answers)


def test_an_import_goes_from_checking_to_done_and_drops_its_file() -> None:
    run = upload(SIX)
    states = [run.state]
    for step in (work, lambda: import_runs.confirm(run.pk, actor="boris"), work):
        step()
        run.refresh_from_db()
        states.append(run.state)

    assert states == [State.CHECKING, State.CHECKED, State.APPLYING, State.DONE]
    assert (counts(run), run.done, run.total) == (OF_SIX, 6, 6)
    assert (run.content, run.examples, run.actor) == (None, [], "boris")


@pytest.mark.parametrize("chunks", [0, 1, 2])
def test_an_import_that_was_interrupted_goes_on_behind_the_last_chunk(chunks: int) -> None:
    run = confirmed(SIX)
    import_runs.apply(run, stop=stop_after(chunks))
    run.refresh_from_db()
    assert (run.state, run.done, Subscriber.objects.count()) == (State.APPLYING, 2 * chunks, [0, 2, 3][chunks])

    work()

    run.refresh_from_db()
    assert (run.state, counts(run)) == (State.DONE, OF_SIX)
    assert [(line, field) for line, field, _ in rejects(run)] == [
        (4, "last_name"),
        (4, "first_name"),
        (6, "agreement_number"),
    ]


def test_a_check_that_was_interrupted_begins_anew() -> None:
    run = upload(SIX)
    import_runs.check(run, stop=stop_after(2))

    work()

    run.refresh_from_db()
    assert (run.state, counts(run), run.rejects.count()) == (State.CHECKED, OF_SIX, 3)


def test_a_worker_that_was_left_behind_does_nothing_twice() -> None:
    run = confirmed(SIX)
    late = SubscriberImport.objects.get(pk=run.pk)
    import_runs.apply(run, stop=stop_after(1))

    import_runs.apply(late)

    run.refresh_from_db()
    assert (run.state, run.done, counts(run)) == (State.APPLYING, 2, {"created": 2})


def test_it_is_confirmed_once() -> None:
    run = confirmed(SIX)

    assert not import_runs.confirm(run.pk, actor="clara")
    assert not import_runs.confirm(upload(SIX).pk, actor="clara")


def test_a_check_is_not_held_up_by_a_long_import() -> None:
    long = confirmed(SIX)
    short = upload(SIX)

    assert list(SubscriberImport.objects.waiting()) == [short, long]


def test_what_is_left_when_the_time_is_up_is_told() -> None:
    confirmed(SIX)

    assert import_runs.work(seconds=0, stop=lambda: False, made_by=lambda run: pytest.fail("began"))


def test_an_import_at_which_workers_die_is_given_up_with_a_reason() -> None:
    run = upload(SIX, attempts=import_runs.MOST_ATTEMPTS)

    work()

    run.refresh_from_db()
    assert (run.state, run.content) == (State.FAILED, None)
    assert "stopped 5 times" in run.error


def test_a_file_that_cannot_be_read_says_why() -> None:
    run = checked(b"agreement_number,colour\nA-1,red")

    assert run.state == State.FAILED
    assert "colour" in run.error


def test_a_file_without_rows_says_so() -> None:
    assert checked(csv_of()).error == "There is no row under the names of the columns."


def test_a_file_with_too_many_rows_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MOST_ROWS", 5)

    assert "more than 5 rows" in checked(SIX).error


def test_nothing_is_written_of_a_file_that_breaks_off() -> None:
    run = checked(csv_of("A-1,x,y", 'A-2,"x,y'))

    assert run.state == State.FAILED
    assert not Subscriber.objects.exists()


def test_rejects_are_kept_up_to_a_limit_and_all_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_runs, "MOST_REJECTS_KEPT", 3)

    run = checked(csv_of(*(f"A-{number},," for number in range(5))))

    assert (run.rejected, run.rejects.count()) == (5, 3)


def test_examples_show_old_and_new_by_name() -> None:
    make_subscriber(agreement_number="A-1", last_name="Old", channels=[make_channel(stream_name="news")])
    make_channel(stream_name="sport")

    run = checked(csv_of("A-1,New,sport", columns="agreement_number,last_name,channels"))

    assert run.examples == [
        {
            "line": 2,
            "result": "updated",
            "agreement_number": "A-1",
            "fields": [["last_name", "Old", "New"], ["channels", "news", "sport"]],
        }
    ]


def test_a_discarded_file_is_gone_with_its_rejects() -> None:
    run = checked(SIX)

    assert import_runs.discard(run.pk)

    assert not RejectedRow.objects.exists()
    assert not import_runs.discard(imported(SIX).pk)


def test_reasons_are_told_in_the_language_of_who_uploaded() -> None:
    run = upload(csv_of("A-1,x,y,nobody", columns="agreement_number,last_name,first_name,email"), language="ru")

    work()

    assert rejects(run) == [(2, "email", "Введите правильный адрес электронной почты.")]


def test_files_are_forgotten_after_a_week_and_imports_after_a_month() -> None:
    now = timezone.now()
    fresh, week, month = (checked(SIX) for _ in range(3))
    SubscriberImport.objects.filter(pk=week.pk).update(created_at=now - timedelta(days=8))
    SubscriberImport.objects.filter(pk=month.pk).update(created_at=now - timedelta(days=31))

    import_runs.forget_old_imports(now=now)

    assert set(SubscriberImport.objects.values_list("pk", "state")) == {(fresh.pk, "checked"), (week.pk, "failed")}
    assert SubscriberImport.objects.get(pk=week.pk).content is None
