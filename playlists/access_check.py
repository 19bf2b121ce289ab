"""The product's own proof: nobody can watch what no path grants, and all servers say the same.

What each subscriber should get is worked out here a second time, by plain joins that share no
line with ``entitlements.py``, and held against everything that leaves the service.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import unquote

from django.conf import settings
from django.db import connection
from django.db.models import OuterRef, Subquery

from channels.models import Channel
from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.reconcile import reconcile
from integrations.auth_service.tokens import ACTIVE, TokenState, states_of
from integrations.http import RemoteError
from playlists.account import account_by_token
from playlists.links import direct_url, token_query
from playlists.playlist import playlist_content
from subscribers.entitlements import entitled_channels
from subscribers.models import OutboxEntry, Subscriber

SUBSCRIBERS_AT_ONCE = 200

GRANTED = """
    SELECT link.subscriber_id, channel.stream_name, channel.stream_base_url, channel.source_url, channel.sync_status
    FROM (
        SELECT subscriber_id, channel_id FROM subscribers_subscriber_channels
        UNION ALL
        SELECT held.subscriber_id, content.channel_id FROM subscribers_subscriber_packages held
        JOIN catalog_package_channels content ON content.package_id = held.package_id
        UNION ALL
        SELECT held.subscriber_id, content.channel_id FROM subscribers_subscriber_tariffs held
        JOIN catalog_tariff_packages bundle ON bundle.tariff_id = held.tariff_id
        JOIN catalog_package_channels content ON content.package_id = bundle.package_id
    ) AS link
    JOIN channels_channel channel ON channel.id = link.channel_id
    JOIN channels_source source ON source.id = channel.source_id
    WHERE link.subscriber_id = ANY(%s) AND channel.is_active AND source.is_active
"""


class Breach(NamedTuple):
    """One way in which a promise is broken; the subscriber by agreement number, or empty."""

    subscriber: str
    what: str


class Granted(NamedTuple):
    """What the paths grant to one subscriber: stream names, and of those that a playlist shows the name by address."""

    streams: set[str]
    addresses: dict[str, str]


def breaches(client: AuthServiceClient | None, *, now: datetime) -> Iterator[Breach]:
    """Yield every breach: here, in what is waiting, and (with a client) over there. Writes nothing."""
    last = 0
    while subscribers := list(Subscriber.objects.filter(pk__gt=last).order_by("pk")[:SUBSCRIBERS_AT_ONCE]):
        yield from _breaches_here(subscribers, now)
        last = subscribers[-1].pk
    yield from _breaches_waiting(now)
    if client is not None:
        yield from _breaches_there(client, now)


def _breaches_here(subscribers: Sequence[Subscriber], now: datetime) -> Iterator[Breach]:
    granted = _granted([subscriber.pk for subscriber in subscribers])
    states = states_of([subscriber.token for subscriber in subscribers], now=now)
    for subscriber in subscribers:
        outputs = {
            "the resolver": set(entitled_channels(subscriber).values_list("stream_name", flat=True)),
            "allowed_streams": set(states[subscriber.token].allowed_streams),
        }
        for output, streams in outputs.items():
            yield from _compare(subscriber, output, streams, granted[subscriber.pk].streams)
        yield from _compare_playlist(subscriber, _addresses(subscriber, now), granted[subscriber.pk].addresses)
        yield from _wrong_status(subscriber, states[subscriber.token], granted[subscriber.pk].streams, now)


def _granted(subscriber_ids: list[int]) -> dict[int, Granted]:
    granted: dict[int, Granted] = defaultdict(lambda: Granted(set(), {}))
    with connection.cursor() as cursor:
        cursor.execute(GRANTED, [subscriber_ids])
        for subscriber_id, name, base_url, source_url, status in cursor.fetchall():
            granted[subscriber_id].streams.add(name)
            if status == "synced" or not settings.PLAYLIST_HIDE_ORPHANS:
                granted[subscriber_id].addresses[_address(name, base_url, source_url)] = name
    return granted


def _addresses(subscriber: Subscriber, now: datetime) -> set[str]:
    """Return the address of every stream in the playlist as it is sent, as `_address` has it."""
    account = account_by_token(subscriber.token, now=now)
    if account is None:  # gone, or with another token by now
        return set()
    text = b"".join(playlist_content(account).chunks_for(account.token)).decode()
    query = f"?{token_query(subscriber.token)}"
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return {unquote(line.removesuffix(query)) for line in lines}


def _address(name: str, base_url: str, source_url: str) -> str:
    """Return where a channel plays, decoded: at Flussonic without the subscriber's token, or where its list says."""
    return f"{unquote(base_url)}/{name}/video.m3u8" if base_url else unquote(direct_url(source_url))


def _compare_playlist(subscriber: Subscriber, shown: set[str], granted: dict[str, str]) -> Iterator[Breach]:
    """Compare by addresses, but tell names: an address may hold a login."""
    names = {granted[address] for address in shown & granted.keys()}
    if more := shown - granted.keys():
        channels = Channel.objects.values_list("stream_name", "stream_base_url", "source_url")
        known = {_address(*channel): channel[0] for channel in channels.iterator()}
        names |= {known.get(address, "an address that no channel has") for address in more}
    yield from _compare(subscriber, "the playlist", names, set(granted.values()))


def _compare(subscriber: Subscriber, output: str, shown: set[str], granted: set[str]) -> Iterator[Breach]:
    for name in sorted(shown - granted):
        yield Breach(subscriber.agreement_number, f"{output} has {name}, which no path grants")
    for name in sorted(granted - shown):
        yield Breach(subscriber.agreement_number, f"{output} lacks {name}, which is granted")


def _wrong_status(subscriber: Subscriber, state: TokenState, granted: set[str], now: datetime) -> Iterator[Breach]:
    lapsed = subscriber.valid_until is not None and subscriber.valid_until <= now
    if state.status == ACTIVE and (subscriber.status != "enabled" or lapsed or not granted):
        reason = "no channels, which means all of them over there" if not granted else "no right to watch"
        yield Breach(subscriber.agreement_number, f"the token would be active, but the subscriber has {reason}")
    if state.status != ACTIVE and subscriber.status == "enabled" and not lapsed and granted:
        yield Breach(subscriber.agreement_number, "the token would be suspended, but the subscriber may watch")


def _breaches_waiting(now: datetime) -> Iterator[Breach]:
    if not settings.AUTH_SERVICE_URL:
        return  # nobody waits for them
    limit = timedelta(minutes=settings.STALE_TOKEN_LIMIT_MINUTES)
    whose = Subscriber.objects.filter(token=OuterRef("token")).values("agreement_number")
    entries = OutboxEntry.objects.filter(stale_since__lt=now - limit)
    for agreement_number, since, error in entries.values_list(Subquery(whose), "stale_since", "last_error"):
        age = int((now - since).total_seconds() // 60)
        yield Breach(agreement_number or "", f"the token has been stale for {age} minutes: {error or 'not tried yet'}")


def _breaches_there(client: AuthServiceClient, now: datetime) -> Iterator[Breach]:
    try:
        report = reconcile(client, dry_run=True, now=now)
    except RemoteError as exc:
        yield Breach("", f"what the Auth Service holds is unknown: {exc}")
        return
    for drift in report.drift:
        fields = f" in {', '.join(drift.fields)}" if drift.fields else ""
        yield Breach(drift.subscriber, f"the token over there (id {drift.remote_id or '-'}) is {drift.kind}{fields}")
