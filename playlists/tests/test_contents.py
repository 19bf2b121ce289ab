"""Contents that many share: what is kept, for how long, and that nobody ever gets an old one."""

import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from catalog.tests.factories import make_package, make_tariff
from channels.catalogue import ROWS_LEFT_ALONE, catalogue_version, compact_changes
from channels.models import CatalogueChange, Channel
from channels.tests.factories import make_channel, make_channels, make_group
from playlists.account import account_by_token
from playlists.contents import TOKEN_PLACE, Content, ContentCache, bytes_taken, content_of
from playlists.playlist import playlist_content
from subscribers.models import Subscriber
from subscribers.tests.factories import make_subscriber


def made(text: str = "text") -> Content:
    return content_of([text.encode()])


def text_of(content: Content) -> str:
    return b"".join(content.chunks_for("")).decode()


def never() -> Content:
    raise AssertionError("it is there already")


def test_a_content_is_kept_for_its_version_alone() -> None:
    cache = ContentCache(10_000)

    assert cache.get("key", "1", made) is cache.get("key", "1", never)
    assert text_of(cache.get("key", "2", lambda: made("newer"))) == "newer"
    assert text_of(cache.get("key", "2", never)) == "newer"


def test_what_was_not_asked_for_the_longest_time_goes_when_there_is_no_room() -> None:
    cache = ContentCache(3 * bytes_taken("a", made()))
    for key in ("a", "b", "c"):
        cache.get(key, "1", made)
    cache.get("a", "1", never)
    cache.get("d", "1", made)

    assert cache.bytes == cache.most_bytes
    assert [cache.get(key, "1", never).size for key in ("a", "c", "d")] == [4, 4, 4]
    assert text_of(cache.get("b", "1", lambda: made("anew"))) == "anew"


def test_what_is_larger_than_all_room_is_not_kept_and_pushes_nothing_out() -> None:
    cache = ContentCache(bytes_taken("a", made()) + 3)
    kept = cache.get("a", "1", made)

    assert text_of(cache.get("b", "1", lambda: made("too large"))) == "too large"
    assert cache.get("a", "1", never) is kept


@pytest.mark.parametrize("ids", [0, 10, 1_000])
def test_all_that_is_kept_takes_no_more_memory_than_it_may(ids: int) -> None:
    """Without what is held being the same for any two, the keys are larger than the lists."""
    cache = ContentCache(4_000_000)
    tracemalloc.start()
    for number in range(20_000 if ids < 1_000 else 300):
        first = 1_000_000 * (number + 1)  # no two keys share an id
        cache.get((("live streams", first), (first,), tuple(range(first, first + ids))), "1", made)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert cache.most_bytes / 4 < taken < cache.most_bytes


def test_lists_in_which_the_token_stands_again_and_again_count_with_their_pieces() -> None:
    cache = ContentCache(4_000_000)
    tracemalloc.start()
    for number in range(400):
        cache.get(number, "1", lambda: made(f"url?token={TOKEN_PLACE}\n" * 400))
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert cache.most_bytes / 4 < taken < cache.most_bytes


def test_one_makes_it_while_the_others_wait() -> None:
    cache, calls, go = ContentCache(10_000), [], threading.Event()

    def slowly() -> Content:
        calls.append(1)
        go.wait(timeout=10)
        return made()

    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(cache.get, "key", "1", slowly) for _ in range(4)]
        go.set()
        assert len({id(answer.result()) for answer in answers}) == 1

    assert calls == [1]


def test_one_that_fails_keeps_nobody_from_trying_again() -> None:
    cache = ContentCache(10_000)

    def fail() -> Content:
        raise ValueError("broken row")

    with pytest.raises(ValueError, match="broken row"):
        cache.get("key", "1", fail)
    assert cache.get("key", "1", made).size == 4


@pytest.mark.parametrize("token", ["short-token", "a-token-much-longer-than-the-place-that-is-kept-for-it"])
def test_the_token_is_filled_in_where_its_place_is(token: str) -> None:
    content = content_of([f"a?token={TOKEN_PLACE}\n".encode() * 2, b"b\n", f"c{TOKEN_PLACE}".encode()])
    filled = b"".join(content.chunks_for(token))

    assert filled.decode() == f"a?token={token}\na?token={token}\nb\nc{token}"
    assert content.size_for(token) == len(filled)


def test_an_etag_is_that_of_content_and_token_however_it_is_cut() -> None:
    whole = content_of([f"a{TOKEN_PLACE}bc".encode()])

    assert whole.etag_for("token-1") == content_of([f"a{TOKEN_PLACE}b".encode(), b"c"]).etag_for("token-1")
    assert whole.etag_for("token-1") != whole.etag_for("token-2")
    assert whole.etag_for("token-1") != content_of([f"ab{TOKEN_PLACE}c".encode()]).etag_for("token-1")


@pytest.mark.django_db
def test_those_who_hold_the_same_share_what_each_sees_with_the_own_token() -> None:
    package = make_package(channels=make_channels(2))
    one, two = make_subscriber(packages=[package]), make_subscriber(tariffs=[make_tariff(packages=[package])])
    accounts = [account_by_token(subscriber.token, now=timezone.now()) for subscriber in (one, two)]
    contents = [playlist_content(account) for account in accounts if account]

    assert contents[0] is contents[1]
    assert one.token.encode() in b"".join(contents[0].chunks_for(one.token))


@pytest.mark.django_db
def test_many_changes_are_put_together_and_the_version_stays() -> None:
    for _ in range(ROWS_LEFT_ALONE + 1):
        make_group()
    before = catalogue_version()
    compact_changes()

    assert CatalogueChange.objects.count() == 1
    assert catalogue_version() == before != "0"


@pytest.mark.django_db(transaction=True)
def test_changes_put_together_while_another_is_open_lose_none() -> None:
    for _ in range(ROWS_LEFT_ALONE + 1):
        make_group()
    before = catalogue_version()
    with ThreadPoolExecutor(1) as threads, transaction.atomic():
        make_channel()
        in_between = catalogue_version()
        threads.submit(in_own_connection).result()

    assert len({before, in_between}) == 2
    assert catalogue_version() == in_between
    assert CatalogueChange.objects.count() < 10


def in_own_connection() -> None:
    compact_changes()
    connection.close()


@pytest.mark.django_db
def test_a_sync_that_changes_nothing_is_no_change_to_the_catalogue() -> None:
    make_channel()
    before = catalogue_version()
    Channel.objects.update(last_seen_at=timezone.now())

    assert catalogue_version() == before


@pytest.mark.django_db
def test_the_shared_playlist_is_that_of_the_one_resolution() -> None:
    channels = make_channels(4)
    Channel.objects.filter(pk=channels[3].pk).update(is_active=False)
    subscriber = make_subscriber(
        channels=channels[:1], packages=[make_package(channels=channels[1:])], tariffs=[make_tariff()]
    )
    account = account_by_token(subscriber.token, now=timezone.now())

    assert account is not None
    assert playlist_content(account).places == 3
    assert Subscriber.objects.count() == 1
