"""The statement behind ``access_changes``: two states of the catalogue compared, one of which is there in thought only.

Only those channels count that could change hands (``candidate``). Those that are in the same packages, before and
after, are compared as one (``lot``), and so are subscribers who hold the same (``alike``). Which lots somebody has is a
string of bits, so that even a hundred thousand different holdings are quick to compare, and those with the same
outcome are then of one ``kind``. What a subscriber has directly is kept in any case, and taken off at the end.

Channels that come into packages are, afterwards, in a package of the number 0 that everybody holds who holds one of
those: tens of thousands of channels in dozens of packages would be millions of rows otherwise.
"""

DIFFERENCE = """
WITH tariff_after (tariff_id, package_id) AS MATERIALIZED (
    SELECT tariff_id, package_id FROM catalog_tariff_packages WHERE tariff_id <> ALL (%(tariffs)s::bigint[])
    UNION ALL
    SELECT * FROM unnest(%(pair_tariffs)s::bigint[], %(pair_packages)s::bigint[])
), moved (package_id) AS (
    SELECT package_id FROM (SELECT tariff_id, package_id FROM catalog_tariff_packages) AS tariff_before
    FULL JOIN tariff_after USING (tariff_id, package_id)
    WHERE tariff_before IS NULL OR tariff_after IS NULL
), gone (package_id, channel_id) AS MATERIALIZED (
    SELECT package_id, channel_id FROM catalog_package_channels
    WHERE package_id = ANY (%(out_of)s::bigint[])
    AND (%(removed)s::bigint[] IS NULL OR channel_id = ANY (%(removed)s::bigint[]))
), candidate (channel_id) AS MATERIALIZED (
    SELECT channel_id FROM (
        SELECT channel_id FROM catalog_package_channels WHERE package_id IN (TABLE moved)
        UNION SELECT channel_id FROM gone
        UNION SELECT unnest(%(added)s::bigint[])
    ) AS might JOIN ({deliverable}) AS deliverable (channel_id) USING (channel_id)
), place (channel_id, package_id, earlier, later) AS (
    SELECT channel_id, package_id, true, gone IS NULL
    FROM (SELECT channel_id, package_id FROM catalog_package_channels) AS there JOIN candidate USING (channel_id)
    LEFT JOIN gone USING (package_id, channel_id)
    UNION ALL
    SELECT channel_id, 0, false, true
    FROM unnest(%(added)s::bigint[]) AS added (channel_id) JOIN candidate USING (channel_id)
), lot (lot, packages_before, packages_after, channels) AS MATERIALIZED (
    SELECT row_number() OVER ()::integer - 1, packages_before, packages_after, array_agg(channel_id) FROM (
        SELECT channel_id,
            array_agg(package_id ORDER BY package_id) FILTER (WHERE earlier),
            array_agg(package_id ORDER BY package_id) FILTER (WHERE later)
        FROM place GROUP BY channel_id
    ) AS channel (channel_id, packages_before, packages_after)
    GROUP BY packages_before, packages_after
), none (lots) AS MATERIALIZED (
    SELECT repeat('0', count(*)::integer)::varbit FROM lot
), lots_before (package_id, lots) AS (
    SELECT package_id, bit_or(set_bit((TABLE none), lot, 1))
    FROM (SELECT lot, unnest(packages_before) AS package_id FROM lot) AS inside GROUP BY package_id
), lots_after (package_id, lots) AS (
    SELECT package_id, bit_or(set_bit((TABLE none), lot, 1))
    FROM (SELECT lot, unnest(packages_after) AS package_id FROM lot) AS inside GROUP BY package_id
), affected (subscriber_id) AS (
    SELECT subscriber_id FROM subscribers_subscriber_tariffs
    WHERE tariff_id = ANY (%(tariffs)s::bigint[]) OR tariff_id IN (
        SELECT tariff_id FROM catalog_tariff_packages
        WHERE package_id = ANY (%(into)s::bigint[] || %(out_of)s::bigint[])
    )
    UNION
    SELECT subscriber_id FROM subscribers_subscriber_packages
    WHERE package_id = ANY (%(into)s::bigint[] || %(out_of)s::bigint[])
), alike (alike, tariffs, packages, subscribers) AS MATERIALIZED (
    SELECT min(subscriber_id), tariffs, packages, array_agg(subscriber_id) FROM (
        {holdings} WHERE subscriber_id IN (TABLE affected) GROUP BY subscriber_id
    ) AS holding (subscriber_id, tariffs, packages)
    GROUP BY tariffs, packages
), before (alike, package_id) AS (
    SELECT alike, unnest(packages) FROM alike
    UNION
    SELECT alike, package_id FROM (SELECT alike, unnest(tariffs) AS tariff_id FROM alike) AS held
    JOIN catalog_tariff_packages USING (tariff_id)
), after (alike, package_id) AS MATERIALIZED (
    SELECT alike, unnest(packages) FROM alike
    UNION
    SELECT alike, package_id FROM (SELECT alike, unnest(tariffs) AS tariff_id FROM alike) AS held
    JOIN tariff_after USING (tariff_id)
), kind (kind, gained, lost, all_alike) AS MATERIALIZED (
    SELECT min(alike), has & ~had, had & ~has, array_agg(alike) FROM (
        SELECT alike, coalesce(had, (TABLE none)), coalesce(has, (TABLE none))
        FROM (SELECT alike, bit_or(lots) AS had FROM before JOIN lots_before USING (package_id) GROUP BY alike) AS first
        FULL JOIN (
            SELECT alike, bit_or(lots) AS has FROM (
                TABLE after UNION ALL SELECT alike, 0 FROM after WHERE package_id = ANY (%(into)s::bigint[])
            ) AS held JOIN lots_after USING (package_id) GROUP BY alike
        ) AS last USING (alike)
    ) AS compared (alike, had, has)
    WHERE had <> has GROUP BY has & ~had, had & ~has
), member (kind, gained, lost, alike, subscriber_id) AS MATERIALIZED (
    SELECT kind, gained, lost, alike, unnest(subscribers)
    FROM (SELECT kind, gained, lost, unnest(all_alike) AS alike FROM kind) AS of_kind JOIN alike USING (alike)
), kept (subscriber_id, lot, size, channel_id, gained) AS MATERIALIZED (
    SELECT subscriber_id, lot, size, channel_id, get_bit(gained, lot) = 1
    FROM (SELECT lot, cardinality(channels) AS size, unnest(channels) AS channel_id FROM lot) AS inside
    JOIN subscribers_subscriber_channels USING (channel_id) JOIN member USING (subscriber_id)
    WHERE get_bit(gained | lost, lot) = 1
), kept_whole (subscriber_id, lots) AS (
    SELECT subscriber_id, bit_or(set_bit((TABLE none), lot, 1))
    FROM (SELECT subscriber_id, lot FROM kept GROUP BY subscriber_id, lot, size HAVING count(*) = size) AS own
    GROUP BY subscriber_id
), altered (subscriber_id, alike, gains, loses) AS MATERIALIZED (
    SELECT subscriber_id, alike,
        gained & ~coalesce(lots, (TABLE none)) <> (TABLE none), lost & ~coalesce(lots, (TABLE none)) <> (TABLE none)
    FROM member LEFT JOIN kept_whole USING (subscriber_id)
), moving (channel_id, gained) AS MATERIALIZED (
    SELECT unnest(channels), gained
    FROM (SELECT bit_or(gained), true FROM kind UNION ALL SELECT bit_or(lost), false FROM kind) AS anyone (lots, gained)
    JOIN lot ON get_bit(lots, lot) = 1
    EXCEPT
    SELECT channel_id, gained
    FROM (SELECT lot, channel_id, gained, count(*) AS n FROM kept GROUP BY lot, channel_id, gained) AS by_all
    JOIN (
        SELECT lot, get_bit(kind.gained, lot) = 1 AS gained, sum(n) AS n
        FROM (SELECT DISTINCT lot FROM kept) AS of_kept
        JOIN kind ON get_bit(kind.gained | lost, lot) = 1
        JOIN (SELECT kind, count(*) AS n FROM member GROUP BY kind) AS members USING (kind)
        GROUP BY 1, 2
    ) AS concerned USING (lot, gained, n)
), filled (package_id) AS (
    SELECT package_id
    FROM (SELECT DISTINCT package_id FROM after WHERE alike IN (SELECT alike FROM altered WHERE loses)) AS held
    WHERE EXISTS (
        SELECT FROM catalog_package_channels AS there
        JOIN ({deliverable}) AS deliverable (channel_id) USING (channel_id)
        WHERE there.package_id = held.package_id AND NOT EXISTS (
            SELECT FROM gone WHERE gone.package_id = there.package_id AND gone.channel_id = there.channel_id
        )
    )
), left_without (subscriber_id) AS MATERIALIZED (
    SELECT subscriber_id FROM altered
    WHERE loses AND alike NOT IN (SELECT alike FROM after WHERE package_id IN (TABLE filled)) AND NOT EXISTS (
        SELECT FROM subscribers_subscriber_channels AS own
        JOIN ({deliverable}) AS deliverable (channel_id) USING (channel_id)
        WHERE own.subscriber_id = altered.subscriber_id
    )
)
SELECT
    (SELECT count(*) FROM altered WHERE gains),
    (SELECT count(*) FROM altered WHERE loses),
    (SELECT count(*) FROM left_without),
    ARRAY(SELECT subscriber_id FROM altered WHERE gains ORDER BY subscriber_id LIMIT %(subscribers_shown)s),
    ARRAY(SELECT subscriber_id FROM altered WHERE loses ORDER BY subscriber_id LIMIT %(subscribers_shown)s),
    ARRAY(SELECT subscriber_id FROM left_without ORDER BY subscriber_id LIMIT %(subscribers_shown)s),
    (SELECT count(*) FROM moving WHERE gained),
    (SELECT count(*) FROM moving WHERE NOT gained),
    ARRAY(SELECT id FROM channels_channel JOIN moving ON channel_id = id AND gained
        ORDER BY sort_order, id LIMIT %(channels_shown)s),
    ARRAY(SELECT id FROM channels_channel JOIN moving ON channel_id = id AND NOT gained
        ORDER BY sort_order, id LIMIT %(channels_shown)s)
"""
