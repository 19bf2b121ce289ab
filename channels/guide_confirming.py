"""What staff have confirmed of the suggestions, written to our channels."""

from collections.abc import Mapping

from django.db.models import Case, CharField, Value, When

from channels.guide_matching import LONGEST_ID
from channels.models import Channel, GuideChannel


def set_guide_ids(chosen: Mapping[int, str]) -> int:
    """Give channels, by their ids, the ids that they have in the guide, and return how many got one.

    In one statement. What the guide does not name is left out, and so are ids that are longer than ours can be.
    """
    asked = {xmltv_id for xmltv_id in chosen.values() if len(xmltv_id) <= LONGEST_ID}
    known = set(GuideChannel.objects.filter(xmltv_id__in=asked).values_list("xmltv_id", flat=True))
    taken = {pk: xmltv_id for pk, xmltv_id in chosen.items() if xmltv_id in known}
    if not taken:
        return 0
    cases = [When(pk=pk, then=Value(xmltv_id)) for pk, xmltv_id in taken.items()]
    return Channel.objects.filter(pk__in=taken).update(tvg_id=Case(*cases, output_field=CharField()))
