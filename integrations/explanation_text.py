"""The same explanation in sentences, for the command, the admin and the API."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from integrations.explanation import Explanation, Obstacle
from subscribers.paths import Path


def sentences(facts: Explanation) -> list[str]:
    """Return the explanation as sentences, the answer first."""
    return [
        _answer(facts),
        *obstacle_texts(facts),
        *_offers(facts),
        *(_("Granted: %(path)s.") % {"path": path_text(path)} for path in facts.paths),
        *orphan_texts(facts),
        _delivery(facts),
    ]


def path_text(path: Path) -> str:
    """Name a path: "given directly", "package Basic", "tariff Family, package Basic"."""
    names = {"tariff": path.tariff and path.tariff.name, "package": path.package and path.package.name}
    if path.tariff:
        return _("tariff %(tariff)s, package %(package)s") % names
    return _("package %(package)s") % names if path.package else _("given directly")


def _answer(facts: Explanation) -> str:
    names = {"subscriber": facts.subscriber.name, "channel": facts.channel.name}
    if facts.has:
        return _("%(subscriber)s has the channel %(channel)s.") % names
    return _("%(subscriber)s does not have the channel %(channel)s.") % names


def obstacle_texts(facts: Explanation) -> list[str]:
    """Return a sentence for each thing that stands in the way."""
    texts: dict[Obstacle, str] = {
        "disabled": _("The subscriber is disabled."),
        "not_yet_valid": _("The subscription begins only on %(moment)s.") % {"moment": _moment(facts.valid_from)},
        "expired": _("The subscription ended on %(moment)s.") % {"moment": _moment(facts.valid_until)},
        "channel_inactive": _("The channel is switched off for everyone."),
        "source_inactive": _("The source of the channel is switched off."),
        "no_path": _("Nothing that the subscriber holds leads to the channel."),
    }
    return [texts[obstacle] for obstacle in facts.obstacles]


def orphan_texts(facts: Explanation) -> list[str]:
    """Return what there is to say of a channel that its source has lost."""
    if facts.hidden_as_orphan:
        return [_("Its source has lost the channel, so playlists leave it out (PLAYLIST_HIDE_ORPHANS).")]
    return [_("Its source has lost the channel; it stays granted until staff delete it.")] if facts.orphaned else []


def _offers(facts: Explanation) -> Iterator[str]:
    for offer in facts.offers:
        names = {"package": offer.package.name, "tariffs": ", ".join(tariff.name for tariff in offer.tariffs)}
        if offer.tariffs:
            yield _("The package %(package)s has it, and by that the tariff %(tariffs)s.") % names
        else:
            yield _("The package %(package)s has it.") % names
    if not (facts.paths or facts.offers):
        yield _("The channel is in no package.")


def _delivery(facts: Explanation) -> str:
    told = {"since": _moment(facts.delivery.since), "error": facts.delivery.error}
    match facts.delivery.state:
        case "delivered":
            return _("The Auth Service has the present state.")
        case "pending":
            return _("The Auth Service has yet to hear of the last change since %(since)s.") % told
        case "failing" if told["since"]:
            return _("The Auth Service could not be told of the last change since %(since)s: %(error)s") % told
        case "failing":
            return _("The Auth Service could not be told of the last change: %(error)s") % told
    return _("No Auth Service is configured.")


def _moment(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "Y-m-d H:i") if moment else ""
