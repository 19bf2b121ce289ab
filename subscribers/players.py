"""Which family of players a request comes from, by what it says of itself."""

import re
from functools import lru_cache

OTHER = "other"
# The first that fits: what embeds another one's name stands before it.
FAMILIES = {
    "TiviMate": "tivimate",
    "IPTV Smarters": "smarters",
    "OTT Navigator": "ott ?navigator",
    "SS IPTV": "ss-?iptv",
    "Televizo": "televizo",
    "IPTVnator": "iptvnator",
    "Perfect Player": "perfect ?player",
    "GSE": "gse ?(smart )?iptv",
    "Jellyfin": "jellyfin",
    "Emby": "emby",
    "Plex": "plex",
    "Kodi": "kodi|xbmc",
    "VLC": "vlc",
    "MAG": r"\bmag\d|stbapp",
    "Enigma2": "enigma|openatv|openpli|xstreamity",
    "Samsung TV": "tizen|smart-?tv|maple",
    "LG TV": "web0s|webos|netcast",
    "Apple TV": "apple ?tv|tvos",
    "Apple": "applecoremedia|iphone|ipad|cfnetwork",
    "ExoPlayer": "exoplayer|media3",
    "mpv": "mpv",
    "GStreamer": "gstreamer",
    "FFmpeg": "lavf|ffmpeg",
    "Android": "okhttp|dalvik|android",
    "browser": "mozilla",
}
PATTERNS = [(name, re.compile(pattern, re.IGNORECASE)) for name, pattern in FAMILIES.items()]


@lru_cache(maxsize=2_000)
def family(user_agent: str) -> str:
    """Return the family of a player, OTHER where it is none of the known ones or does not say."""
    return next((name for name, pattern in PATTERNS if pattern.search(user_agent)), OTHER)
