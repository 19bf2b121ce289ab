"""What is forgotten of imports of lists, and what is kept."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from channels.models import Channel, ImportRun, Source
from channels.tests.lists import entry, list_of
from integrations.sources import forgetting
from integrations.sources.forgetting import forget_old_runs
from integrations.sources.undo import UndoRefused, undo
from integrations.tests.sources.imports import run_of

pytestmark = pytest.mark.django_db


def test_old_records_are_forgotten_but_the_last_ones_of_a_source(source: Source, settings: Settings) -> None:
    settings.SYNC_RUNS_KEEP_DAYS = 30
    old = timezone.now() - timedelta(days=40)
    for days in range(5):
        ImportRun.objects.create(source=source, started_at=old + timedelta(days=days))
    forget_old_runs(now=timezone.now())

    assert ImportRun.objects.count() == 3


def test_long_changes_and_rejects_are_kept_of_the_last_imports_alone(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "MANY", 2)

    def named(names: str, *, rejected: int) -> ImportRun:
        bad = entry(9, url="file:///9") * rejected
        return run_of(source, list_of(*map(entry, range(4), names), bad))

    named("AAAA", rejected=0)
    long = named("BBBB", rejected=3)
    short = named("BBCC", rejected=2)
    last = [named(letter * 4, rejected=3) for letter in "DEF"]
    forget_old_runs(now=timezone.now())

    kept = [(run.changes.count(), run.rejects.count()) for run in (long, short, *last)]
    assert kept == [(0, 0), (2, 2), (4, 3), (4, 3), (4, 3)]
    for run in (*reversed(last), short):
        undo(run)
    with pytest.raises(UndoRefused, match="not kept"):
        undo(long)
    assert set(Channel.objects.values_list("display_name", flat=True)) == {"B"}
