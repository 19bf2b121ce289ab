"""What is wrong with a list or an entry of it, in sentences for people."""

from django.utils.translation import gettext as _


def not_a_list_in_words(what: str) -> str:
    """Return the sentence for what was sent in place of a list (`m3u.What`)."""
    return {
        "html": _("This is a web page, not a list of channels: the address may want a login, or have changed."),
        "json": _("This is JSON, not a list of channels: the server may have refused the login."),
        "xml": _("This is XML, not a list of channels. A guide in the XMLTV format belongs to the guide's sources."),
        "binary": _("This is not a text: a list of channels is one."),
        "hls": _("This is the playlist of one stream, not a list of channels."),
        "empty": _("The list is empty."),
    }[what]


def broken_in_words(reason: str) -> str:
    """Return the sentence for the reason of a `BadFile`."""
    return {
        "not_unpacked": _("The file cannot be unpacked: it is damaged, or its end is missing."),
        "too_large": _("The list is larger than M3U_MAX_MEGABYTES allows."),
        "empty_archive": _("The archive holds no file."),
    }[reason]


def fault_in_words(fault: str) -> str:
    """Return why an entry cannot become a channel (`m3u.Fault`, and "clash" of the import)."""
    return {
        "no_url": _("no address follows"),
        "not_a_url": _("this is no address"),
        "unknown_scheme": _("addresses of this kind cannot be played"),
        "url_too_long": _("the address is too long"),
        "line_too_long": _("the line is too long"),
        "clash": _("another source has a channel of this name"),
    }[fault]
