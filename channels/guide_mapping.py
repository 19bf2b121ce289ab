"""Which channels of a feed are ours: those whose id is the TVG id of one, in any case."""

from collections.abc import Container, Mapping

from channels.models import Channel, GuideChannel, GuidePiece, GuideSource


def wanted_ids() -> dict[str, list[str]]:
    """Return the ids of our channels, in all spellings there are, by what they have in common."""
    spellings: dict[str, list[str]] = {}
    rows = Channel.objects.exclude(tvg_id=None).exclude(tvg_id="").order_by("tvg_id").values_list("tvg_id", flat=True)
    for tvg_id in rows.distinct():
        spellings.setdefault(common_form(tvg_id or ""), []).append(tvg_id or "")
    return spellings


def common_form(xmltv_id: str) -> str:
    return xmltv_id.strip().casefold()


def has_gaps(source: GuideSource) -> bool:
    """Tell whether a channel of ours could have programmes of the source that were not kept when it was imported."""
    wanted = wanted_ids()
    there = set(GuidePiece.objects.filter(guide_channel__source=source).values_list("tvg_id", flat=True))
    missing = {key for key, spellings in wanted.items() if not there.issuperset(spellings)}
    named = GuideChannel.objects.filter(source=source, programmes_in_feed__gt=0).values_list("xmltv_id", flat=True)
    return any(common_form(xmltv_id) in missing for xmltv_id in named.iterator())


def mapping_of(
    in_window: Mapping[str, int], kept: Container[str], wanted: Mapping[str, list[str]]
) -> dict[str, list[str]]:
    """Return which of our ids each channel of the feed stands for: letter by letter, else the first in the feed."""
    alike: dict[str, list[str]] = {}
    for xmltv_id, programmes in in_window.items():
        if programmes and xmltv_id in kept:
            alike.setdefault(common_form(xmltv_id), []).append(xmltv_id)
    mapping: dict[str, list[str]] = {}
    for key, xmltv_ids in alike.items():
        for tvg_id in wanted[key]:
            mapping.setdefault(tvg_id if tvg_id in xmltv_ids else xmltv_ids[0], []).append(tvg_id)
    return mapping
