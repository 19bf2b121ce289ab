"""The statements of `importing.py`: from a list in the temporary table ``incoming`` to channels."""

# Not dropped on commit: the list is copied in many steps, each a transaction of its own.
STAGE = """
    DROP TABLE IF EXISTS pg_temp.incoming;
    CREATE TEMP TABLE incoming (
        position int, line int, stream_name text, source_url text, display_name text, tvg_name text,
        tvg_id text, tvg_logo text, group_name text, host text, login text
    );
    -- A few rows tell the planner that nearly all names differ, in a tenth of the time.
    ALTER TABLE incoming ALTER stream_name SET STATISTICS 10
"""
# What is empty is not there.
COPY = """
    COPY incoming (
        position, line, stream_name, source_url, display_name, tvg_name, tvg_id, tvg_logo, group_name, host, login
    ) FROM STDIN (NULL '')
"""
# Where a host has several "logins", these are no logins but the path.
PATHS = """
    UPDATE incoming SET stream_name = %(prefix)s || left(
        encode(sha256(convert_to(substring(source_url FROM '://[^/]+(/[^?]*)'), 'UTF8')), 'hex'), 16
    )
    WHERE host IN (SELECT host FROM incoming WHERE host <> '' GROUP BY host HAVING min(login) <> max(login))
"""
# The n-th entry of a key is "#n" of it.
DUPLICATES = """
    UPDATE incoming SET stream_name = %(prefix)s || left(
        encode(sha256(convert_to(substr(stream_name, length(%(prefix)s) + 1) || '#' || n, 'UTF8')), 'hex'), 16
    )
    FROM (
        SELECT position, row_number() OVER (PARTITION BY stream_name ORDER BY position) AS n FROM incoming
        WHERE stream_name IN (SELECT stream_name FROM incoming GROUP BY stream_name HAVING count(*) > 1)
    ) AS numbered
    WHERE numbered.n > 1 AND incoming.position = numbered.position
"""
CLASHES = """
    DELETE FROM incoming USING channels_channel AS channel
    WHERE channel.stream_name = incoming.stream_name AND channel.source_id <> %(source)s
        AND channel.stream_name LIKE %(names)s
    RETURNING line, incoming.stream_name
"""
# (column of the channel, what the list says), where a channel is `c` and its entry `i`.
LISTED = (
    ("source_url", "i.source_url"),
    ("tvg_name", "i.tvg_name"),
    ("stream_base_url", "%(base_url)s"),
    ("listed_name", "i.display_name"),
    ("listed_tvg_id", "i.tvg_id"),
    ("listed_logo", "i.tvg_logo"),
    ("listed_group", "i.group_name"),
)
# (column, what the list said last, what it says now)
MERGED = (
    ("display_name", "listed_name", "i.display_name"),
    ("tvg_id", "listed_tvg_id", "i.tvg_id"),
    ("tvg_logo", "listed_logo", "i.tvg_logo"),
)
DIFFERS = " OR ".join(f"c.{column} IS DISTINCT FROM {value}" for column, value in LISTED)
COMPARE = f"""
    DROP TABLE IF EXISTS pg_temp.difference;  -- of an earlier import, inside one outer transaction
    CREATE TEMP TABLE difference ON COMMIT DROP AS
    SELECT c.id, i.position, CASE
        WHEN c.id IS NULL THEN 'new' WHEN i.position IS NULL THEN 'gone'
        WHEN c.sync_status = 'orphaned' THEN 'returned' ELSE 'changed'
    END AS kind
    FROM (SELECT * FROM channels_channel WHERE source_id = %(source)s) AS c
    FULL JOIN incoming i ON c.stream_name = i.stream_name
    WHERE c.id IS NULL OR (i.position IS NULL AND c.sync_status = 'synced')
        OR (i.position IS NOT NULL AND ({DIFFERS} OR c.sync_status <> 'synced'))
"""
COUNT_DIFFERENCES = "SELECT kind, count(*) FROM difference GROUP BY kind"
# A group that staff have renamed is another one than the list's.
FOLLOWS_GROUP = "(SELECT name FROM channels_group WHERE id = c.group_id) IS NOT DISTINCT FROM c.listed_group"
NEW_GROUPS = f"""
    INSERT INTO channels_group (name, sort_order, created_at, updated_at)
    SELECT group_name, %(position)s + row_number() OVER (ORDER BY min(i.position)), %(now)s, %(now)s
    FROM incoming i JOIN difference d USING (position) LEFT JOIN channels_channel c ON c.id = d.id
    WHERE group_name IS NOT NULL AND (c.id IS NULL OR {FOLLOWS_GROUP})
        AND NOT EXISTS (SELECT FROM channels_group WHERE name = group_name)
    GROUP BY group_name
    ON CONFLICT (name) DO NOTHING  -- staff may make the same at this moment
"""
# Where it is played follows from the source's delivery at any time.
KEPT = (
    *(column for column, _value in LISTED if column != "stream_base_url"),
    *(column for column, _listed, _value in MERGED),
    *("group_id", "sync_status"),
)
KEEP_BEFORE = f"""
    INSERT INTO channels_importchange (run_id, channel_id, kind, name, before)
    SELECT %(run)s, c.id, d.kind, coalesce(c.display_name, c.stream_name),
        CASE WHEN d.kind <> 'gone' THEN jsonb_build_object({", ".join(f"'{name}', c.{name}" for name in KEPT)}) END
    FROM difference d JOIN channels_channel c USING (id) ORDER BY c.id
"""
MERGE = ", ".join(
    f"{column} = CASE WHEN c.{column} IS NOT DISTINCT FROM c.{listed} THEN {value} ELSE c.{column} END"
    for column, listed, value in MERGED
)
UPDATE_CHANGED = f"""
    UPDATE channels_channel AS c
    SET {", ".join(f"{column} = {value}" for column, value in LISTED)}, {MERGE},
        group_id = CASE WHEN {FOLLOWS_GROUP} THEN g.id ELSE c.group_id END,
        sync_status = 'synced', last_seen_at = %(now)s, updated_at = %(now)s
    FROM difference d JOIN incoming i USING (position) LEFT JOIN channels_group g ON g.name = i.group_name
    WHERE c.id = d.id AND d.kind IN ('changed', 'returned')
"""
UPDATE_GONE = """
    UPDATE channels_channel AS c SET sync_status = 'orphaned', updated_at = %(now)s
    FROM difference d WHERE c.id = d.id AND d.kind = 'gone'
"""
INSERT_NEW = """
    INSERT INTO channels_channel (
        source_id, stream_name, tvg_name, display_name, stream_base_url, quality, sync_status,
        last_seen_at, source_url, listed_name, listed_tvg_id, listed_logo, listed_group, tvg_id, tvg_logo, group_id,
        is_active, sort_order, created_at, updated_at
    )
    SELECT %(source)s, i.stream_name, i.tvg_name, i.display_name, %(base_url)s, '', 'synced',
        %(now)s, i.source_url, i.display_name, i.tvg_id, i.tvg_logo, i.group_name, i.tvg_id, i.tvg_logo, g.id,
        true, %(position)s + row_number() OVER (ORDER BY i.position), %(now)s, %(now)s
    FROM difference d JOIN incoming i USING (position) LEFT JOIN channels_group g ON g.name = i.group_name
    WHERE d.kind = 'new' ORDER BY i.position
"""
NAMES = """
    SELECT coalesce(i.display_name, c.display_name, c.stream_name)
    FROM difference d LEFT JOIN incoming i USING (position) LEFT JOIN channels_channel c ON c.id = d.id
    WHERE d.kind = %(kind)s ORDER BY i.position, c.id LIMIT %(most)s
"""
FIRST_CHANNELS = """
    SELECT line, display_name, tvg_name, tvg_id, tvg_logo, group_name AS "group"
    FROM incoming ORDER BY position LIMIT %(most)s
"""
FIRST_ADDRESSES = "SELECT source_url FROM incoming ORDER BY position LIMIT %(most)s"
# What would be written of channels that are known, and differs from what they have: (name, field, now, then).
DIFFERENT_VALUES = f"""
    SELECT coalesce(c.display_name, c.stream_name) AS name, field, now, "then"
    FROM difference d JOIN incoming i USING (position) JOIN channels_channel c ON c.id = d.id
    CROSS JOIN LATERAL (
        VALUES ('tvg_name', c.tvg_name, i.tvg_name),
        {
    ", ".join(
        f"('{column}', c.{column}, CASE WHEN c.{column} IS NOT DISTINCT FROM c.{listed} THEN {value} "
        f"ELSE c.{column} END)"
        for column, listed, value in MERGED
    )
},
        ('group', (SELECT name FROM channels_group WHERE id = c.group_id),
            CASE WHEN {FOLLOWS_GROUP} THEN i.group_name
            ELSE (SELECT name FROM channels_group WHERE id = c.group_id) END)
    ) AS difference_of (field, now, "then")
    WHERE now IS DISTINCT FROM "then" ORDER BY i.position LIMIT %(most)s
"""
BEFORE = (
    *("source_url text", "tvg_name text", "listed_name text"),
    *("listed_tvg_id text", "listed_logo text", "listed_group text", "display_name text", "tvg_id text"),
    *("tvg_logo text", "group_id bigint", "sync_status text"),
)
# As in a merge: what the channel has of the run goes back; what staff have changed since stays.
RESTORE_CHANGED = f"""
    UPDATE channels_channel AS c
    SET {", ".join(f"{column} = b.{column}" for column, _value in LISTED if column != "stream_base_url")},
        {
    ", ".join(
        f"{column} = CASE WHEN c.{column} IS NOT DISTINCT FROM c.{listed} THEN b.{column} ELSE c.{column} END"
        for column, listed, _value in MERGED
    )
},
        group_id = CASE WHEN NOT ({FOLLOWS_GROUP}) THEN c.group_id ELSE
            (SELECT id FROM channels_group WHERE id = b.group_id) END,
        sync_status = b.sync_status, updated_at = %(now)s
    FROM channels_importchange change
    CROSS JOIN LATERAL jsonb_to_record(change.before) AS b ({", ".join(BEFORE)})
    WHERE change.run_id = %(run)s AND change.kind <> 'gone' AND c.id = change.channel_id
"""
RESTORE_GONE = """
    UPDATE channels_channel AS c SET sync_status = 'synced', updated_at = %(now)s
    FROM channels_importchange change
    WHERE change.run_id = %(run)s AND change.kind = 'gone' AND c.id = change.channel_id
        AND c.sync_status = 'orphaned'
"""
