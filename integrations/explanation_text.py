"""The same explanation in sentences, for the command, the admin and the API."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format

from integrations.explanation import Explanation, Obstacle, Path


def sentences(facts: Explanation) -> list[str]:
    """Return the explanation as sentences, the answer first."""
    return [
        _answer(facts),
        *obstacle_texts(facts),
        *_offers(facts),
        *(f"Granted: {path_text(path)}." for path in facts.paths),
        *orphan_texts(facts),
        _delivery(facts),
    ]


def path_text(path: Path) -> str:
    """Name a path: "given directly", "package Basic", "tariff Family, package Basic"."""
    names = [("tariff", path.tariff), ("package", path.package)]
    return ", ".join(f"{kind} {row.name}" for kind, row in names if row) or "given directly"


def _answer(facts: Explanation) -> str:
    return f"{facts.subscriber.name} {'has' if facts.has else 'does not have'} the channel {facts.channel.name}."


def obstacle_texts(facts: Explanation) -> list[str]:
    """Return a sentence for each thing that stands in the way."""
    texts: dict[Obstacle, str] = {
        "disabled": "The subscriber is disabled.",
        "not_yet_valid": f"The subscription begins only on {_moment(facts.valid_from)}.",
        "expired": f"The subscription ended on {_moment(facts.valid_until)}.",
        "channel_inactive": "The channel is switched off for everyone.",
        "source_inactive": "The source of the channel is switched off.",
        "no_path": "Nothing that the subscriber holds leads to the channel.",
    }
    return [texts[obstacle] for obstacle in facts.obstacles]


def orphan_texts(facts: Explanation) -> list[str]:
    """Return what there is to say of a channel that its source has lost."""
    if facts.hidden_as_orphan:
        return ["Its source has lost the channel, so playlists leave it out (PLAYLIST_HIDE_ORPHANS)."]
    return ["Its source has lost the channel; it stays granted until staff delete it."] if facts.orphaned else []


def _offers(facts: Explanation) -> Iterator[str]:
    for offer in facts.offers:
        tariffs = ", ".join(tariff.name for tariff in offer.tariffs)
        yield f"The package {offer.package.name} has it" + (f", and by that the tariff {tariffs}." if tariffs else ".")
    if not (facts.paths or facts.offers):
        yield "The channel is in no package."


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
