"""A package change that makes the tokens of all holders stale; the floor updates as many rows of the outbox."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import psycopg
from django.conf import settings

from benchmarks.measure import Result, alternate, say
from benchmarks.rows import add_channels, add_package, add_subscribers, empty, execute, give, put_into_package, settle

SIZES = (1_000, 5_000, 10_000)
ROUNDS = 5
CHANNELS = 200  # in the package, and so many more with the change
WRITERS = 4
NEW_HOLDERS = 3_000  # enough for a writer to be at it as long as the change takes

UPDATE_AS_MANY = "UPDATE subscribers_outboxentry SET attempts = attempts + 1 WHERE subscriber_id = ANY(%s)"
ADD_HOLDER = "INSERT INTO subscribers_subscriber_packages (subscriber_id, package_id) VALUES (%s, %s)"
READ_ENTRY = "SELECT change_id FROM subscribers_outboxentry WHERE subscriber_id = %s"
READ_TRUTH = "SELECT count(*) FROM catalog_package_channels WHERE package_id = %s"
CLEAR_ENTRY = "DELETE FROM subscribers_outboxentry WHERE subscriber_id = %s AND change_id = %s"
NOT_MARKED = """
    SELECT subscriber_id FROM subscribers_subscriber_packages AS held
    WHERE NOT EXISTS (SELECT FROM subscribers_outboxentry AS entry WHERE entry.subscriber_id = held.subscriber_id)
"""


def run(*, quick: bool) -> Iterator[Result]:
    for size in SIZES[:1] if quick else SIZES:
        say(f"package change for {size:,} holders")
        change = PackageChange(size)
        timing = alternate(
            change.commit, change.floor, rounds=ROUNDS, before_job=change.undo, before_floor=change.check
        )
        yield Result("package change", size, timing, max_ratio=3)
    say(f"the same with {WRITERS} writers")
    writers = Writers(change)
    timing = alternate(
        change.commit, change.floor, rounds=ROUNDS, before_job=writers.start, before_floor=writers.stop_and_check
    )
    facts = f"{writers.added:,} holders added meanwhile, no deadlock, no lost mark"
    yield Result(f"package change, {WRITERS} writers", size, timing, facts=(facts,))


class PackageChange:
    """A package with many holders, about to get more channels."""

    def __init__(self, holders: int) -> None:
        empty()
        channels = add_channels(2 * CHANNELS)
        self.package = add_package("Held", channels[:CHANNELS])
        self.more = channels[CHANNELS:]
        self.holders = add_subscribers(holders)
        give("package", self.package, self.holders)

    def undo(self) -> None:
        """Take the channels out again, and have everything delivered."""
        execute("DELETE FROM catalog_package_channels WHERE channel_id = ANY(%s)", [self.more])
        execute("DELETE FROM subscribers_outboxentry")
        settle()

    def commit(self) -> None:
        put_into_package(self.package, self.more)

    def floor(self) -> None:
        execute(UPDATE_AS_MANY, [self.holders])

    def check(self) -> None:
        assert execute(NOT_MARKED) == [], "a holder's token was not marked stale"


class Writers:
    """Threads that go on adding holders while the package changes, and deliver each at once, as a worker would."""

    def __init__(self, change: PackageChange) -> None:
        self.added = 0
        self._change = change
        self._new_holders = add_subscribers(WRITERS * NEW_HOLDERS, first=len(change.holders) + 1)
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(WRITERS)
        self._told: list[Future[dict[int, int]]] = []

    def start(self) -> None:
        execute("DELETE FROM subscribers_subscriber_packages WHERE subscriber_id = ANY(%s)", [self._new_holders])
        self._change.undo()
        self._stopping.clear()
        rest = iter(self._new_holders)
        begun = threading.Barrier(WRITERS + 1)
        self._told = [self._pool.submit(self._write, list(islice(rest, NEW_HOLDERS)), begun) for _ in range(WRITERS)]
        begun.wait()

    def stop_and_check(self) -> None:
        """Stop, and find every holder told of all channels, or marked."""
        self._stopping.set()
        told = {holder: channels for future in self._told for holder, channels in future.result().items()}
        self.added += len(told)
        outdated = {holder for (holder,) in execute(NOT_MARKED) if told.get(holder) != 2 * CHANNELS}
        assert not outdated, f"{len(outdated)} holders are neither marked nor up to date"

    def _write(self, subscribers: Sequence[int], begun: threading.Barrier) -> dict[int, int]:
        """Return how many channels each new holder was told of."""
        told = {}
        with psycopg.connect(settings.DATABASE_URL, autocommit=True) as database:
            begun.wait()
            for subscriber in subscribers:
                if self._stopping.is_set():
                    break
                database.execute(ADD_HOLDER, [subscriber, self._change.package])
                told[subscriber] = _deliver(database, subscriber, self._change.package)
        return told


def _deliver(database: psycopg.Connection, subscriber: int, package: int) -> int:
    entry = database.execute(READ_ENTRY, [subscriber]).fetchone()
    truth = database.execute(READ_TRUTH, [package]).fetchone()
    assert entry is not None
    assert truth is not None
    database.execute(CLEAR_ENTRY, [subscriber, entry[0]])
    return int(truth[0])
