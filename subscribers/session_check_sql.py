"""What the triggers add to the queue of session checks: one row a subscriber, or one for everybody.

Everybody is looked at where those who may have lost something are many, or would have to be looked for. Rows are only
ever added, so nobody waits for them.
"""

CHECK = """
    INSERT INTO subscribers_sessioncheck (subscriber_id, agreement_number, since, due_at, attempts, last_error)
    SELECT {subscriber}, clock_timestamp(), clock_timestamp(), 0, '' {source};
"""
FEW = 50
"""For more subscribers than that one list of all sessions is sooner read than each one's own."""
# Takes {subscribers}: a query for id and agreement number of those who may have lost something.
CHECK_SUBSCRIBERS = CHECK.format(
    subscriber="lost.id, lost.agreement_number",
    source=f"""
    FROM (
        WITH losers (id, agreement_number) AS MATERIALIZED ({{subscribers}})
        SELECT id, agreement_number FROM losers WHERE (SELECT count(*) FROM losers) <= {FEW}
        UNION ALL
        SELECT NULL, '' WHERE (SELECT count(*) FROM losers) > {FEW}
    ) AS lost (id, agreement_number)
    """,
)
CHECK_EVERYBODY = CHECK.format(subscriber="NULL, ''", source="WHERE EXISTS (SELECT FROM {rows})")
CHECK_HOLDERS = CHECK_SUBSCRIBERS.format(
    subscribers="""
        SELECT DISTINCT subscriber.id, subscriber.agreement_number FROM {rows}
        JOIN subscribers_subscriber AS subscriber ON subscriber.id = subscriber_id
    """
)
# Old and new rows are grouped, not joined, for the same reason as everywhere here.
CHECK_CHANGED = CHECK_SUBSCRIBERS.format(
    subscribers="""
        SELECT id, max(agreement_number) FILTER (WHERE is_new)
        FROM (SELECT false AS is_new, * FROM old_values UNION ALL SELECT true, * FROM new_values) AS versions
        GROUP BY id HAVING bool_or(NOT is_new AND status = 'enabled') AND (
            bool_or(is_new AND status <> 'enabled')
            OR max(coalesce(valid_until, 'infinity')) FILTER (WHERE is_new)
                < max(coalesce(valid_until, 'infinity')) FILTER (WHERE NOT is_new)
            OR max(coalesce(valid_from, '-infinity')) FILTER (WHERE is_new)
                > max(coalesce(valid_from, '-infinity')) FILTER (WHERE NOT is_new)
        )
    """
)
# What is known by an old token or number is found by nothing that is here later, so each has a check of its own.
CHECK_RENAMED = CHECK.format(
    subscriber="former.id, former.agreement_number",
    source="""
    FROM old_values AS former WHERE id IN (
        SELECT id FROM (
            SELECT id, token, agreement_number FROM old_values UNION SELECT id, token, agreement_number FROM new_values
        ) AS versions GROUP BY id HAVING count(*) > 1
    )
    """,
)
CHECK_DELETED = CHECK.format(subscriber="id, agreement_number", source="FROM old_values")
