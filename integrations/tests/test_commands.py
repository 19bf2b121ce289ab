"""The commands that operators and cron run."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from channels.models import Channel
from channels.tests.factories import make_channel
from demo.auth_service import AuthServiceStandIn
from demo.flussonic import FlussonicStandIn
from integrations.auth_service.reconcile import RECONCILE_LOCK
from integrations.flussonic.sync import SYNC_LOCK
from playlist_project.tests.processes import start_command
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


@pytest.fixture
def flussonic(settings: Any) -> Iterator[FlussonicStandIn]:
    streams = [{"name": name, "title": name.title(), "named_by": "config"} for name in ("news", "sport")]
    with FlussonicStandIn(streams) as stand_in:
        settings.FLUSSONIC_URL = stand_in.url
        yield stand_in


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue().strip()


def test_sync_channels_prints_one_line(flussonic: FlussonicStandIn) -> None:
    assert run("sync_channels") == "total 2, new 2, updated 0, orphaned 0, returned 0"


def test_sync_channels_prints_json(flussonic: FlussonicStandIn) -> None:
    assert json.loads(run("sync_channels", "--json"))["new"] == 2


def test_a_dry_run_names_what_would_change_and_changes_nothing(flussonic: FlussonicStandIn) -> None:
    assert run("sync_channels", "--dry-run").splitlines()[:2] == ["add news", "add sport"]
    assert not Channel.objects.exists()


def test_a_refused_sync_says_what_to_do(flussonic: FlussonicStandIn) -> None:
    run("sync_channels")
    flussonic.faults.empty = True
    with pytest.raises(CommandError, match="--force"):
        run("sync_channels")
    assert run("sync_channels", "--force").endswith("orphaned 2, returned 0")


@pytest.mark.parametrize("command", ["sync_channels", "deliver_tokens", "reconcile_tokens"])
def test_without_its_remote_system_a_command_says_which_setting_is_missing(command: str) -> None:
    with pytest.raises(CommandError, match="_URL is not set"):
        run(command)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("command", "lock"), [("sync_channels", SYNC_LOCK), ("reconcile_tokens", RECONCILE_LOCK)])
def test_a_second_run_ends_with_75(command: str, lock: int) -> None:
    remotes = {"FLUSSONIC_URL": "http://127.0.0.1:1", "AUTH_SERVICE_URL": "http://127.0.0.1:1"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [lock])
        with start_command(command, **remotes) as process:
            assert "running already" in process.communicate()[0]
        cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])
    assert process.returncode == 75


def test_deliver_tokens_and_reconcile_tokens_say_what_they_did(auth_service: AuthServiceStandIn) -> None:
    subscriber = make_subscriber(channels=[make_channel()], agreement_number="A-77")
    assert run("deliver_tokens") == "delivered 1, failed 0"
    next(iter(auth_service.tokens.values()))["allowed_streams"] = ["stolen"]

    first, last = run("reconcile_tokens").splitlines()

    assert first.startswith("different A-77 (id 1, right ")
    assert f"allowed_streams: only here [{subscriber.channels.get().stream_name}], only there [stolen]" in first
    assert last == "compared 1, drift 1 (missing 0, extra 0, different 1), 0 waiting for delivery"
    assert subscriber.token not in first


def test_reconcile_tokens_in_json(auth_service: AuthServiceStandIn) -> None:
    make_subscriber()
    run("deliver_tokens")
    auth_service.tokens.clear()
    report = json.loads(run("reconcile_tokens", "--json", "--dry-run"))
    assert report["drift"][0]["kind"] == "missing"
    assert report["drift"][0]["age_seconds"] >= 0


def test_a_service_that_does_not_answer_is_unknown(auth_service: AuthServiceStandIn) -> None:
    auth_service.faults.status = 500
    with pytest.raises(CommandError, match=r"unknown \(never compared\)"):
        run("reconcile_tokens")
