"""manage.py import_m3u."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from channels.models import Channel, ImportRun, Source
from channels.tests.lists import entry, imported, list_of, make_list_source
from demo.http_server import Reply
from integrations.management.exits import BUSY
from integrations.runs import alone
from integrations.sources.importing import LOCK, ImportBusy
from integrations.tests.guide.feed_server import FeedHost
from playlist_project.tests.waiting import in_thread

pytestmark = pytest.mark.django_db
SECRET = "s3cret"


def run(*arguments: object) -> str:
    """Return what it printed, all together."""
    out = io.StringIO()
    call_command("import_m3u", *map(str, arguments), "--source", "Partner", stdout=out, stderr=out)
    return out.getvalue()


def known() -> tuple[str, ...]:
    """Return where the list is, and what is known of the version there."""
    source = Source.objects.get(name="Partner")
    return source.url, source.etag, source.last_modified, source.content_hash


@pytest.fixture
def before(host: FeedHost) -> tuple[str, ...]:
    """Import a list from its first address."""
    host.feed = list_of(entry(1))
    assert "new 1" in run(f"{host.url}/first.m3u")
    assert all(known())
    return known()


def test_a_source_is_made_with_the_address(before: tuple[str, ...], host: FeedHost) -> None:
    assert before[0] == f"{host.url}/first.m3u"
    assert Channel.objects.count() == 1


def test_a_dry_run_leaves_no_source_and_no_record(host: FeedHost) -> None:
    host.feed = list_of(entry(1, "News"))

    assert "new: News" in run(f"{host.url}/first.m3u", "--dry-run")
    assert not Source.objects.lists().exists()
    assert not ImportRun.objects.exists()


def test_a_dry_run_tells_the_attributes_and_which_mapped_one_there_is_none_of(host: FeedHost) -> None:
    host.feed = list_of(entry(1, tvg_country="UK"), entry(2))

    printed = run(f"{host.url}/first.m3u", "--dry-run", "--map", "group=tvg-cuontry", "--map", "tvg_name=title")

    assert "tvg-country 1" in printed
    assert "--map group=tvg-cuontry: no entry of the list has this attribute." in printed
    assert "tvg_name=title" not in printed


def test_a_dry_run_with_another_address_changes_nothing_of_the_source(before: tuple[str, ...], host: FeedHost) -> None:
    host.feed = list_of(entry(1), entry(2, "News", tvg_country="UK"))

    assert "new: News" in run(f"{host.url}/second.m3u", "--dry-run")
    assert host.requests[-1].path == "/second.m3u"
    assert known() == before
    assert Source.objects.get(name="Partner").attributes == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("list.m3u", "--source", ""), "source: This field cannot be blank", id="no name"),
        pytest.param(("list.m3u", "--source", "x" * 101), "source: Ensure this value has at most 100", id="long name"),
        pytest.param(
            (f"http://host.example.com/{SECRET}{'x' * 2_000}",),
            "list: Ensure this value has at most 2000",
            id="long URL",
        ),
        pytest.param(("/dev/null", "--delivery", "restream"), "that of Partner is direct", id="another delivery"),
        pytest.param(("/dev/null", "--known-by", "name"), "that of Partner is address", id="another identity"),
    ],
)
def test_what_no_source_can_have_is_said_and_nothing_is_done(arguments: tuple[str, ...], message: str) -> None:
    make_list_source(name="Partner")

    with pytest.raises(CommandError, match=message) as caught:
        call_command("import_m3u", *arguments, *(() if "--source" in arguments else ("--source", "Partner")))
    assert caught.value.returncode == 2
    assert SECRET not in str(caught.value)
    assert Source.objects.lists().count() == 1


def test_a_scheme_in_capitals_is_one(host: FeedHost) -> None:
    host.feed = list_of(entry(1))

    assert "new 1" in run(f"{host.url}/first.m3u".replace("http://", "HTTP://"))


def test_another_address_that_does_not_answer_is_not_kept(before: tuple[str, ...], host: FeedHost) -> None:
    host.replies["/second.m3u"] = Reply(status=503)

    with pytest.raises(CommandError, match="answered 503"):
        run(f"{host.url}/second.m3u")
    assert known() == before


def test_another_address_is_kept_with_what_is_known_of_its_list(before: tuple[str, ...], host: FeedHost) -> None:
    host.feed = list_of(entry(1), entry(2))
    run(f"{host.url}/second.m3u")

    assert known()[0] == f"{host.url}/second.m3u"
    assert all(now != then for now, then in zip(known()[::3], before[::3], strict=True))
    assert "unchanged" in run()


def test_another_address_is_not_asked_for_what_is_new_since_the_one_before(
    before: tuple[str, ...], host: FeedHost
) -> None:
    assert "done: total 1" in run(f"{host.url}/second.m3u")
    assert "If-None-Match" not in host.requests[-1].headers
    assert known() == (f"{host.url}/second.m3u", *before[1:])


def test_a_file_leaves_the_address(before: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "list.m3u"
    path.write_bytes(list_of(entry(1), entry(2)))

    assert "new 1" in run(path)
    assert known()[0] == before[0]


def test_rejected_entries_are_told_without_their_logins(tmp_path: Path) -> None:
    path = tmp_path / "list.m3u"
    bad = entry(2, url=f"plugin://video.example/anna/{SECRET}") + entry(3, url=f"/live/anna/{SECRET}/3.ts")
    path.write_bytes(list_of(entry(1), bad))
    printed = run(path)

    assert SECRET not in printed
    assert "line 5: addresses of this kind cannot be played: plugin://video.example/…" in printed


def test_logos_that_would_change_are_told_by_their_hosts(tmp_path: Path) -> None:
    imported(make_list_source(name="Partner"), list_of(entry(1, tvg_logo=f"http://logo.example.com/{SECRET}/1.png")))
    path = tmp_path / "list.m3u"
    path.write_bytes(list_of(entry(1, tvg_logo=f"http://logo.example.org/{SECRET}/2.png")))
    printed = run(path, "--dry-run")

    assert "changed: Channel 1: tvg_logo http://logo.example.com/… -> http://logo.example.org/…" in printed
    assert SECRET not in printed


def test_a_file_that_is_missing_leaves_nothing_for_the_worker_to_do(before: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "missing.m3u", "--force")

    assert not ImportRun.objects.waiting().exists()
    assert ImportRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_where_another_import_runs_nothing_is_left_for_the_worker_to_do(before: tuple[str, ...]) -> None:
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with alone(LOCK, ImportBusy()):
            held.set()
            over.wait(20)

    with ThreadPoolExecutor() as threads:
        other = in_thread(threads, hold)
        held.wait(20)
        with pytest.raises(CommandError) as caught:
            run("--force")
        over.set()
        other.result()

    assert caught.value.returncode == BUSY
    assert not ImportRun.objects.waiting().exists()
