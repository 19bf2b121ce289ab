"""The database itself marks tokens stale, whoever changes what access depends on, and however.

Statement-level triggers upsert one outbox entry per token in the transaction of the change.
Admin cascades, ``QuerySet.update()``, COPY and raw SQL cannot forget it.

Two changes that do not see each other must not leave a token marked too early, so each trigger
locks before it looks for holders (READ COMMITTED: the look-up is a statement of its own and sees
what others committed while the lock was awaited):

* what a package or tariff *holds* changes: its row is locked FOR NO KEY UPDATE;
* *who* holds it changes (or a token does): the same rows are locked FOR SHARE;
* what a channel *is* changes (name, switch, source): the channel lock is taken alone, while
  everything above takes it shared. An advisory lock and not the rows, because every sync
  writes all channels' ``last_seen_at``.

Old and new rows are never joined: a function keeps the plan of its first call in a session, and
after a change of one row that plan may be a nested loop, hours for the update of all channels.

What can take access away adds session checks as well, so that streams that run are looked at: rows that nothing
else ever touches, so nobody waits for them. One for each subscriber concerned, or one for everybody where those
are many or would have to be looked for.

The order is always: channel lock, tariffs by id, packages by id, outbox by token.
Deleting a channel, package or tariff deletes its M:N rows first, and their triggers do the work.
"""

from collections.abc import Sequence

import pgtrigger

from catalog.models import Package, Tariff
from channels.models import Channel, Source
from subscribers.models import Subscriber
from subscribers.session_check_sql import CHECK_CHANGED, CHECK_DELETED, CHECK_EVERYBODY, CHECK_HOLDERS, CHECK_RENAMED

CHANNEL_LOCK = 7_201_001  # any number that nothing else in this database uses

# Each takes {keys}: a query for the ids of what changed.
HOLDERS_OF_TARIFFS = "SELECT subscriber_id FROM subscribers_subscriber_tariffs WHERE tariff_id IN ({keys})"
HOLDERS_OF_PACKAGES = """
    SELECT subscriber_id FROM subscribers_subscriber_packages WHERE package_id IN ({keys})
    UNION
    SELECT st.subscriber_id FROM subscribers_subscriber_tariffs st
    JOIN catalog_tariff_packages tp USING (tariff_id) WHERE tp.package_id IN ({keys})
"""
HOLDERS_OF_CHANNELS = """
    SELECT subscriber_id FROM subscribers_subscriber_channels WHERE channel_id IN ({keys})
    UNION
    SELECT sp.subscriber_id FROM subscribers_subscriber_packages sp
    JOIN catalog_package_channels pc USING (package_id) WHERE pc.channel_id IN ({keys})
    UNION
    SELECT st.subscriber_id FROM subscribers_subscriber_tariffs st
    JOIN catalog_tariff_packages tp USING (tariff_id)
    JOIN catalog_package_channels pc USING (package_id) WHERE pc.channel_id IN ({keys})
"""
SUBSCRIBERS = "{keys}"

# Each takes {rows}: a relation with the ids of what changed.
SHARE_CHANNELS = f"PERFORM pg_advisory_xact_lock_shared({CHANNEL_LOCK});"
LOCK_CHANNELS = f"PERFORM pg_advisory_xact_lock({CHANNEL_LOCK});"
LOCK_PACKAGES = """
    PERFORM 1 FROM catalog_package WHERE id IN (SELECT package_id FROM {rows}) ORDER BY id FOR NO KEY UPDATE;
"""
SHARE_PACKAGES = """
    PERFORM 1 FROM catalog_package WHERE id IN (SELECT package_id FROM {rows}) ORDER BY id FOR SHARE;
"""
LOCK_TARIFFS = """
    PERFORM 1 FROM catalog_tariff WHERE id IN (SELECT tariff_id FROM {rows}) ORDER BY id FOR NO KEY UPDATE;
"""
SHARE_TARIFFS_AND_THEIR_PACKAGES = """
    PERFORM 1 FROM catalog_tariff WHERE id IN (SELECT tariff_id FROM {rows}) ORDER BY id FOR SHARE;
    PERFORM 1 FROM catalog_package WHERE id IN (
        SELECT package_id FROM catalog_tariff_packages WHERE tariff_id IN (SELECT tariff_id FROM {rows})
    ) ORDER BY id FOR SHARE;
"""
# A new token inherits what is held: whoever changes that at this moment would mark the old token only.
SHARE_WHAT_SUBSCRIBERS_HOLD = """
    PERFORM 1 FROM catalog_tariff WHERE id IN (
        SELECT tariff_id FROM subscribers_subscriber_tariffs WHERE subscriber_id IN (SELECT id FROM {rows})
    ) ORDER BY id FOR SHARE;
    PERFORM 1 FROM catalog_package WHERE id IN (
        SELECT package_id FROM subscribers_subscriber_packages WHERE subscriber_id IN (SELECT id FROM {rows})
        UNION
        SELECT package_id FROM catalog_tariff_packages JOIN subscribers_subscriber_tariffs USING (tariff_id)
        WHERE subscriber_id IN (SELECT id FROM {rows})
    ) ORDER BY id FOR SHARE;
"""

MARK = """
    INSERT INTO subscribers_outboxentry AS entry
        (token, subscriber_id, auth_token_id, change_id, stale_since, due_at, attempts, last_error)
    SELECT DISTINCT ON (token) token, id, auth_token_id, gen_random_uuid(), clock_timestamp(), clock_timestamp(), 0, ''
    FROM {subscribers} ORDER BY token, auth_token_id
    ON CONFLICT (token) DO UPDATE SET
        change_id = excluded.change_id,
        subscriber_id = excluded.subscriber_id,
        due_at = excluded.due_at,
        auth_token_id = coalesce(excluded.auth_token_id, entry.auth_token_id);
"""
TOLD = (
    "token",
    "agreement_number",
    "status",
    "max_sessions",
    "valid_from",
    "valid_until",
    "first_name",
    "last_name",
)
# Old and new tokens of the subscribers of whom something else is told than before.
CHANGED_SUBSCRIBERS = """(
    SELECT side.token, id, side.auth_token_id
    FROM (
        SELECT id, array_agg(token) AS tokens, array_agg(auth_token_id) AS auth_token_ids
        FROM (SELECT * FROM old_values UNION ALL SELECT * FROM new_values) AS versions
        GROUP BY id HAVING count(DISTINCT ROW({told})) > 1
    ) AS versions, unnest(tokens, auth_token_ids) AS side (token, auth_token_id)
)""".format(told=", ".join(TOLD))
EITHER = "(SELECT * FROM old_values UNION ALL SELECT * FROM new_values) AS changed"


def _trigger(name: str, operation: pgtrigger.Operation, body: str) -> pgtrigger.Trigger:
    old = "old_values" if operation != pgtrigger.Insert else None
    new = "new_values" if operation != pgtrigger.Delete else None
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(old=old, new=new),  # type: ignore[no-untyped-call]
        func=f"{body} RETURN NULL;",
    )


def _mark(holders: str, keys: str) -> str:
    return MARK.format(subscribers=f"subscribers_subscriber WHERE id IN ({holders.format(keys=keys)})")


def link_triggers(holders: str, *, key: str, locks: Sequence[str], check: str) -> list[pgtrigger.Trigger]:
    """Return the triggers of an M:N table: insert, update and delete make the holders' tokens stale.

    ``check`` adds session checks; an insert takes nothing away.

    Three of them, as PostgreSQL allows only one event for each trigger with transition tables.
    """
    return [
        _trigger(
            f"stale_on_{verb}",
            operation,
            " ".join(lock.format(rows=rows) for lock in locks)
            + _mark(holders, f"SELECT {key} FROM {rows}")
            + (check.format(rows=rows) if verb != "insert" else ""),
        )
        for verb, operation, rows in (
            ("insert", pgtrigger.Insert, "new_values"),
            ("update", pgtrigger.Update, EITHER),
            ("delete", pgtrigger.Delete, "old_values"),
        )
    ]


def column_trigger(holders: str, *columns: str) -> pgtrigger.Trigger:
    """Return the trigger of a table some of whose columns decide about access.

    It compares the columns itself: PostgreSQL allows no ``UPDATE OF`` with transition tables.
    """
    compared = ", ".join(columns)
    changed = f"""
        SELECT id FROM (
            SELECT id, {compared} FROM old_values UNION SELECT id, {compared} FROM new_values
        ) AS versions GROUP BY id HAVING count(*) > 1
    """
    check = CHECK_EVERYBODY.format(rows="new_values")
    body = f"IF EXISTS ({changed}) THEN {LOCK_CHANNELS} {_mark(holders, changed)} {check} END IF;"
    return _trigger("stale_on_update", pgtrigger.Update, body)


class PackageChannelAccess(Package.channels.through):  # type: ignore[misc, name-defined]
    """What is in a package decides what its holders may watch."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = link_triggers(
            HOLDERS_OF_PACKAGES, key="package_id", locks=(SHARE_CHANNELS, LOCK_PACKAGES), check=CHECK_EVERYBODY
        )


class TariffPackageAccess(Tariff.packages.through):  # type: ignore[misc, name-defined]
    """What is in a tariff decides what its holders may watch."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = link_triggers(
            HOLDERS_OF_TARIFFS,
            key="tariff_id",
            locks=(SHARE_CHANNELS, LOCK_TARIFFS, SHARE_PACKAGES),
            check=CHECK_EVERYBODY,
        )


class SubscriberTariffAccess(Subscriber.tariffs.through):  # type: ignore[misc, name-defined]
    """Who has a tariff."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = link_triggers(
            SUBSCRIBERS,
            key="subscriber_id",
            locks=(SHARE_CHANNELS, SHARE_TARIFFS_AND_THEIR_PACKAGES),
            check=CHECK_HOLDERS,
        )


class SubscriberPackageAccess(Subscriber.packages.through):  # type: ignore[misc, name-defined]
    """Who has a package."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = link_triggers(
            SUBSCRIBERS, key="subscriber_id", locks=(SHARE_CHANNELS, SHARE_PACKAGES), check=CHECK_HOLDERS
        )


class SubscriberChannelAccess(Subscriber.channels.through):  # type: ignore[misc, name-defined]
    """Who has a channel of their own."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = link_triggers(SUBSCRIBERS, key="subscriber_id", locks=(SHARE_CHANNELS,), check=CHECK_HOLDERS)


class ChannelAccess(Channel):
    """A channel's name is what the Auth Service compares; its switch and source may withhold it."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [column_trigger(HOLDERS_OF_CHANNELS, "stream_name", "is_active", "source_id")]


class SourceAccess(Source):
    """An inactive source withholds all its channels."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [
            column_trigger(
                HOLDERS_OF_CHANNELS.replace("{keys}", "SELECT id FROM channels_channel WHERE source_id IN ({keys})"),
                "is_active",
            )
        ]


class SubscriberAccess(Subscriber):
    """What the Auth Service is told of a subscriber; ``auth_token_id`` and ``last_access`` mark nothing."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [
            _trigger("stale_on_insert", pgtrigger.Insert, MARK.format(subscribers="new_values")),
            _trigger(
                "stale_on_update",
                pgtrigger.Update,
                f"""
                IF EXISTS (SELECT id, token FROM new_values EXCEPT SELECT id, token FROM old_values) THEN
                    {SHARE_CHANNELS} {SHARE_WHAT_SUBSCRIBERS_HOLD.format(rows="new_values")}
                END IF;
                """
                + MARK.format(subscribers=f"{CHANGED_SUBSCRIBERS} AS changed")
                # Found: something that is told has changed. Most updates only say when somebody was last seen.
                + f" IF FOUND THEN {CHECK_CHANGED} {CHECK_RENAMED} END IF;",
            ),
            _trigger("stale_on_delete", pgtrigger.Delete, MARK.format(subscribers="old_values") + CHECK_DELETED),
        ]
