"""The same explanation in sentences, for the command, the admin and the API."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format

from integrations.explanation import Explanation, Obstacle, Offer, Path


def sentences(facts: Explanation) -> list[str]:
    """Return the explanation as sentences, the answer first."""
    return [_answer(facts), *_obstacles(facts), *_paths(facts), *_notes(facts), _delivery(facts)]


def path_text(path: Path) -> str:
    """Name a path: "given directly", "package Basic", "tariff Family, package Basic"."""
    names = [("tariff", path.tariff), ("package", path.package)]
    return ", ".join(f"{kind} {row.name}" for kind, row in names if row) or "given directly"


def _answer(facts: Explanation) -> str:
    return f"{facts.subscriber.name} {'has' if facts.has else 'does not have'} the channel {facts.channel.name}."


def _obstacles(facts: Explanation) -> Iterator[str]:
    texts: dict[Obstacle, str] = {
        "disabled": "The subscriber is disabled.",
        "not_yet_valid": f"The subscription begins only on {_moment(facts.valid_from)}.",
        "expired": f"The subscription ended on {_moment(facts.valid_until)}.",
        "channel_inactive": "The channel is switched off for everyone.",
        "source_inactive": "The source of the channel is switched off.",
        "no_path": "Nothing that the subscriber holds leads to the channel.",
    }
    yield from (texts[obstacle] for obstacle in facts.obstacles)
    if "no_path" in facts.obstacles:
        yield from [_offer(offer) for offer in facts.offers] or ["The channel is in no package."]


def _offer(offer: Offer) -> str:
    tariffs = ", ".join(tariff.name for tariff in offer.tariffs)
    return f"The package {offer.package.name} has it" + (f", and by that the tariff {tariffs}." if tariffs else ".")


def _paths(facts: Explanation) -> Iterator[str]:
    yield from (f"Granted: {path_text(path)}." for path in facts.paths)


def _notes(facts: Explanation) -> Iterator[str]:
    if facts.hidden_as_orphan:
        yield "Its source has lost the channel, so playlists leave it out (PLAYLIST_HIDE_ORPHANS)."
    elif facts.orphaned:
        yield "Its source has lost the channel; it stays granted until staff delete it."


def _delivery(facts: Explanation) -> str:
    since = f" since {_moment(facts.delivery.since)}" if facts.delivery.since else ""
    error = f": {facts.delivery.error}" if facts.delivery.error else ""
    texts = {
        "delivered": "The Auth Service has the present state.",
        "pending": f"The Auth Service has yet to hear of the last change{since}.",
        "failing": f"The Auth Service could not be told of the last change{since}{error or '.'}",
        "not_configured": "No Auth Service is configured.",
    }
    return texts[facts.delivery.state]


def _moment(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "Y-m-d H:i") if moment else ""
