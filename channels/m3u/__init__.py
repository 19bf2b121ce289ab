"""The M3U format of playlists: what players read, and what the lists of the world look like.

A list is a text of lines: perhaps the header ``#EXTM3U``, then for each channel ``#EXTINF:-1 name="value",Title`` and
a line with its URL; lines between them that begin with ``#`` say more about the channel or nothing at all. Lists
without attributes, without titles and of bare URLs are as common. Nobody ever wrote down more than that.

What comes out of here (`write`) keeps to what every player understands; what comes in (`read`) may be nearly anything.
"""

from channels.m3u.addresses import SCHEMES, URL_LETTERS
from channels.m3u.beginnings import NotAList, What
from channels.m3u.decoding import LINE_LETTERS, lines_of
from channels.m3u.faults import Fault
from channels.m3u.reading import ListEntry, Reject, read
from channels.m3u.writing import CHUNK_BYTES, KODI_ATTRIBUTES, Entry, EntryTuple, clean_text, clean_url, write

__all__ = [
    "CHUNK_BYTES",
    "KODI_ATTRIBUTES",
    "LINE_LETTERS",
    "SCHEMES",
    "URL_LETTERS",
    "Entry",
    "EntryTuple",
    "Fault",
    "ListEntry",
    "NotAList",
    "Reject",
    "What",
    "clean_text",
    "clean_url",
    "lines_of",
    "read",
    "write",
]
