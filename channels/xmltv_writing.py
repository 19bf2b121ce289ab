"""The XMLTV format: writing what every player reads.

Kodi wants ``<?xml`` as the first bytes, a ``stop`` in each programme and times in one form; the DTD wants all channels
before all programmes, and the elements of each in a fixed order.
"""

from collections.abc import Iterable
from datetime import datetime

from channels.xmltv import Broadcast, Texts, clean
from channels.xmltv_times import written

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<tv generator-info-name="Playlist Service">\n'
TAIL = b"</tv>\n"
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
NO_TITLE = "—"


def write_channel(xmltv_id: str, names: Iterable[str], icon: str = "") -> bytes:
    """Return a ``channel``; without any name, the id is one."""
    shown = [clean(name) for name in names if clean(name)] or [xmltv_id]
    display = "".join(f"<display-name>{_escaped(name)}</display-name>" for name in shown)
    picture = f'<icon src="{_escaped(clean(icon))}"/>' if icon else ""
    return f'<channel id="{_escaped(xmltv_id)}">{display}{picture}</channel>\n'.encode()


def write_programme(channel: str, start: datetime, stop: datetime, broadcast: Broadcast) -> bytes:
    """Return a ``programme`` of that id and time; texts come out in their order, with their languages."""
    inside = [
        _texts("title", broadcast.titles or (("", NO_TITLE),)),
        _texts("sub-title", broadcast.sub_titles),
        _texts("desc", broadcast.descriptions),
        f"<date>{_escaped(broadcast.date)}</date>" if broadcast.date else "",
        _texts("category", broadcast.categories),
        f'<icon src="{_escaped(broadcast.icon)}"/>' if broadcast.icon else "",
        *(
            f'<episode-num system="{_escaped(system)}">{_escaped(number)}</episode-num>'
            for system, number in broadcast.episodes
        ),
    ]
    head = f'<programme start="{written(start)}" stop="{written(stop)}" channel="{_escaped(channel)}">'
    return f"{head}{''.join(inside)}</programme>\n".encode()


def _texts(tag: str, texts: Texts) -> str:
    return "".join(
        f'<{tag} lang="{_escaped(language)}">{_escaped(text)}</{tag}>'
        if language
        else f"<{tag}>{_escaped(text)}</{tag}>"
        for language, text in texts
    )


def _escaped(text: str) -> str:
    return text.translate(ESCAPES)
