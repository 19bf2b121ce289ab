"""Which channels of the guide could be which of ours: suggestions, for staff to confirm."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from django.db.models import Q

from channels.guide_mapping import common_form
from channels.models import Channel, ChannelQuerySet, GuideChannel, GuidePiece

Reason = Literal["id", "name", "similar"]
MOST_CANDIDATES = 10
LONGEST_ID = 100  # of Channel.tvg_id
NO_LETTERS = re.compile(r"[\W_]+")
# "RU: First", "UK| First", "[DE] First", "(PL) First".
COUNTRY = re.compile(r"^\s*(?:[\[(]\s*[a-z]{2,3}\s*[\])]|[a-z]{2,3}\s*[:|])\s*")
QUALITY = re.compile(
    r"(?<!\w)(?:sd|hd|fhd|full\s*hd|uhd|qhd|4k|8k|hdr|hevc|h\.?26[45]|\d{3,4}[pi]|50\s*fps|raw|orig(?:inal)?)(?!\w)"
)
SHIFT = re.compile(r"\s*\(?\+\s*\d{1,2}\s*(?:h|ч)?\)?\s*$")


class Ours(NamedTuple):
    """A channel of ours without programmes."""

    pk: int
    tvg_id: str
    names: tuple[str, ...]


class Candidate(NamedTuple):
    xmltv_id: str
    name: str


class Suggestion(NamedTuple):
    channel: Ours
    candidates: Sequence[Candidate]
    reason: Reason
    sure: bool
    """There is exactly one candidate, and it is not another time zone's edition by its name."""


def plain_id(xmltv_id: str) -> str:
    return NO_LETTERS.sub("", _folded(xmltv_id))


def plain_name(name: str, *, with_shift: bool = True) -> str:
    """Return what two names of a channel have in common; ``+2`` stays unless it is said otherwise."""
    text = _folded(name)
    found = SHIFT.search(text)
    shift = NO_LETTERS.sub("", found[0]) if found else ""
    text = COUNTRY.sub("", text[: found.start()] if found else text)
    # Of a channel that is called "HD" nothing would be left.
    core = NO_LETTERS.sub("", QUALITY.sub(" ", text)) or NO_LETTERS.sub("", text)
    return f"{core}+{shift}" if core and shift and with_shift else core


class Matcher:
    """The guide's channels by what ours can be found by."""

    def __init__(self, guide: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Take (XMLTV id, names), in the order of priority."""
        self._by_id: dict[str, dict[str, Candidate]] = {}
        self._by_name: dict[str, dict[str, Candidate]] = {}
        self._by_core: dict[str, dict[str, Candidate]] = {}
        for xmltv_id, names in guide:
            if len(xmltv_id) > LONGEST_ID:
                continue
            candidate = Candidate(xmltv_id, names[0] if names else xmltv_id)
            self._add(self._by_id, plain_id(xmltv_id), candidate)
            for name in (*names, xmltv_id):
                self._add(self._by_name, plain_name(name), candidate)
                self._add(self._by_core, plain_name(name, with_shift=False), candidate)

    def suggest(self, ours: Ours) -> Suggestion | None:
        """Return what the channel could be: by its id first, then by its names, then without ``+2`` and the like."""
        by_id = self._by_id.get(plain_id(ours.tvg_id), {})
        if by_id:
            return self._suggestion(ours, by_id, "id")
        for index, reason, with_shift in ((self._by_name, "name", True), (self._by_core, "similar", False)):
            found: dict[str, Candidate] = {}
            for name in ours.names:
                found |= index.get(plain_name(name, with_shift=with_shift), {})
            if found:
                return self._suggestion(ours, found, reason)  # type: ignore[arg-type]  # a Reason of the table above
        return None

    @staticmethod
    def _add(index: dict[str, dict[str, Candidate]], key: str, candidate: Candidate) -> None:
        if key:
            index.setdefault(key, {}).setdefault(common_form(candidate.xmltv_id), candidate)

    @staticmethod
    def _suggestion(ours: Ours, found: dict[str, Candidate], reason: Reason) -> Suggestion:
        candidates = list(found.values())[:MOST_CANDIDATES]
        return Suggestion(ours, candidates, reason, sure=len(found) == 1 and reason != "similar")


def guide_matcher() -> Matcher:
    """Return a matcher for everything that active sources have programmes for, in one query."""
    rows = GuideChannel.objects.filter(source__is_active=True, programmes_in_feed__gt=0)
    return Matcher(rows.order_by("source__sort_order", "source", "pk").values_list("xmltv_id", "names").iterator())


def without_programmes() -> ChannelQuerySet:
    """Return our channels that no active source gives programmes for."""
    there = GuidePiece.objects.filter(guide_channel__source__is_active=True).values("tvg_id")
    return Channel.objects.filter(Q(tvg_id=None) | Q(tvg_id="") | ~Q(tvg_id__in=there))


def suggestions(*, after: int, most: int) -> list[Suggestion]:
    """Return the first suggestions for channels behind the one with this id, in two queries."""
    matcher = guide_matcher()
    found: list[Suggestion] = []
    rows = without_programmes().filter(pk__gt=after).order_by("pk")
    for pk, tvg_id, *names in rows.values_list("pk", "tvg_id", "display_name", "tvg_name", "stream_name").iterator():
        suggestion = matcher.suggest(Ours(pk, tvg_id or "", tuple(dict.fromkeys(name for name in names if name))))
        # Only the spelling differs where the id is the same by the rule of imports: its programmes are on their way.
        if suggestion and not any(common_form(c.xmltv_id) == common_form(tvg_id or "") for c in suggestion.candidates):
            found.append(suggestion)
            if len(found) == most:
                break
    return found


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
