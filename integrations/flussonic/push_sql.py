"""The statements of `push_queue.py`: from the channels of lists to streams at Flussonic.

What is wanted is compared with what is on record, at any time and as often as one likes: nothing has to be told of a
change, and nothing is lost where something was done in between.
"""

TITLE = "coalesce(nullif(c.display_name, ''), c.stream_name)"
# Orphans too: they stay with those who have them until staff delete them.
WANTED = f"""
    SELECT c.stream_name, c.source_id, c.source_url, {TITLE} AS title, c.id AS channel_id,
        md5(c.source_url || E'\\n' || {TITLE}) AS digest
    FROM channels_channel AS c JOIN channels_source AS s ON s.id = c.source_id
    WHERE s.kind = 'm3u' AND s.delivery = 'restream' AND s.is_active AND c.is_active AND c.source_url <> ''
"""
# Only one at a time compares: two would insert and lock the same rows.
ALONE = "SELECT pg_advisory_xact_lock(%s)"
# What is on record is locked in the order in which `RECORD` locks it.
MARK = f"""
    WITH wanted AS ({WANTED}), differing AS MATERIALIZED (
        SELECT stream_name, channel_id, wanted.source_id, wanted.digest, pushed.id
        FROM wanted FULL JOIN integrations_pushedstream AS pushed USING (stream_name)
        WHERE pushed.id IS NULL
            OR (wanted.digest IS NULL AND pushed.state <> 'removing')
            OR (wanted.digest IS NOT NULL AND (
                pushed.state = 'removing'
                OR (pushed.is_ours AND pushed.state IN ('live', 'failed') AND pushed.digest <> wanted.digest)
            ))
    ), held AS MATERIALIZED (
        SELECT id, is_ours FROM integrations_pushedstream
        WHERE id IN (SELECT id FROM differing WHERE id IS NOT NULL) ORDER BY id FOR UPDATE
    ), never_made AS (
        DELETE FROM integrations_pushedstream AS pushed USING held JOIN differing USING (id)
        WHERE pushed.id = held.id AND differing.digest IS NULL AND NOT held.is_ours
    ), changed AS (
        UPDATE integrations_pushedstream AS pushed
        SET state = CASE WHEN differing.digest IS NULL THEN 'removing' ELSE 'pending' END,
            since = %(now)s, due_at = %(now)s, attempts = 0, last_error = '', failing_since = NULL
        FROM held JOIN differing USING (id)
        WHERE pushed.id = held.id AND (differing.digest IS NOT NULL OR held.is_ours)
        RETURNING pushed.id
    ), added AS (
        INSERT INTO integrations_pushedstream
            (stream_name, source_id, state, since, is_ours, digest, due_at, attempts, last_error)
        SELECT stream_name, source_id, 'pending', %(now)s, false, '', %(now)s, 0, ''
        FROM differing WHERE id IS NULL ORDER BY channel_id
        ON CONFLICT (stream_name) DO NOTHING
        RETURNING id
    )
    SELECT (SELECT count(*) FROM added) + (SELECT count(*) FROM changed)
"""
NEWEST_UNKNOWN = "SELECT max(id) FROM integrations_pushedstream WHERE NOT is_ours AND state <> 'live' AND due_at <= %s"
TAKEN = """
    UPDATE integrations_pushedstream SET state = 'failed', last_error = %(error)s, attempts = attempts + 1,
        since = CASE WHEN state = 'failed' THEN since ELSE %(now)s END, due_at = %(later)s,
        failing_since = coalesce(failing_since, %(now)s)
    WHERE NOT is_ours AND id <= %(newest)s AND stream_name IN (SELECT unnest(%(names)s::text[]))
"""
FREE = """
    UPDATE integrations_pushedstream SET is_ours = true, state = 'pending', last_error = '', failing_since = NULL,
        attempts = 0, since = CASE WHEN state = 'failed' THEN %(now)s ELSE since END
    WHERE NOT is_ours AND id <= %(newest)s AND due_at <= %(now)s
"""
PUT_OFF = """
    UPDATE integrations_pushedstream SET last_error = %(error)s, attempts = attempts + 1, due_at = %(later)s,
        failing_since = coalesce(failing_since, %(now)s)
    WHERE id = (
        SELECT id FROM integrations_pushedstream WHERE NOT is_ours AND state <> 'live' AND due_at <= %(now)s
        ORDER BY due_at, id LIMIT 1
    )
"""
CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT id FROM integrations_pushedstream
        WHERE state <> 'live' AND is_ours AND due_at <= %(now)s AND (lease_until IS NULL OR lease_until <= %(now)s)
        ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    UPDATE integrations_pushedstream AS pushed
    SET lease_owner = %(owner)s, lease_until = %(lease_until)s, attempts = pushed.attempts + 1
    FROM due WHERE pushed.id = due.id
    RETURNING pushed.id, stream_name, attempts
"""
# By their names: the plan for all of them would read all channels for a few.
TRUTH = f"SELECT stream_name, source_url, title, digest FROM ({WANTED}) AS wanted WHERE stream_name = ANY(%(names)s)"
HELD = """
    WITH held AS MATERIALIZED (
        SELECT id FROM integrations_pushedstream
        WHERE id = ANY(%(ids)s) AND lease_owner = %(owner)s ORDER BY id FOR UPDATE
    )
"""
# A state that is empty stays as it is.
RECORD = (
    HELD
    + """
    UPDATE integrations_pushedstream AS pushed
    SET lease_owner = NULL, lease_until = NULL, attempts = CASE WHEN answer.error = '' THEN 0 ELSE attempts END,
        state = coalesce(nullif(answer.state, ''), pushed.state),
        since = CASE WHEN answer.state IN ('', pushed.state) THEN since ELSE %(now)s END,
        digest = coalesce(nullif(answer.digest, ''), pushed.digest), due_at = coalesce(answer.due_at, pushed.due_at),
        last_error = answer.error,
        failing_since = CASE WHEN answer.error <> '' THEN coalesce(failing_since, %(now)s) END
    FROM held JOIN unnest(%(ids)s::bigint[], %(states)s::text[], %(digests)s::text[], %(errors)s::text[],
        %(due)s::timestamptz[]) AS answer (id, state, digest, error, due_at) USING (id)
    WHERE pushed.id = held.id
"""
)
REMOVE = HELD + "DELETE FROM integrations_pushedstream AS pushed USING held WHERE pushed.id = held.id"
RELEASE = (
    HELD
    + """
    UPDATE integrations_pushedstream AS pushed
    SET lease_owner = NULL, lease_until = NULL, attempts = greatest(attempts - 1, 0)
    FROM held WHERE pushed.id = held.id
"""
)
FAILING = """
    SELECT last_error FROM integrations_pushedstream
    WHERE failing_since IS NOT NULL AND state IN ('pending', 'removing') ORDER BY failing_since DESC, id LIMIT 1
"""
# Of those that were there before `since`: what was made later may be missing from a list that was read meanwhile.
# They stay ours: half a list must not make others' of them, and whoever has sent one twice has done no harm.
LOST = """
    UPDATE integrations_pushedstream AS pushed
    SET state = 'pending', digest = '', since = %(now)s, due_at = %(now)s, attempts = 0
    WHERE state = 'live' AND since < %(since)s
        AND NOT EXISTS (SELECT FROM incoming WHERE incoming.stream_name = pushed.stream_name)
"""
LEAVE_OUT = """
    DELETE FROM incoming USING (
        SELECT stream_name FROM integrations_pushedstream WHERE is_ours UNION SELECT unnest(%(names)s::text[])
    ) AS made
    WHERE incoming.stream_name = made.stream_name
"""
