"""What is wrong with a feed, in sentences for people."""

from django.utils.translation import gettext as _


def said(reason: str) -> str:
    """Return the sentence for a reason of `NotXmltv`, `BadFile` or the import itself."""
    return {
        "not_xml": _("This is not XML."),
        "html": _("This is a web page, not a guide: the address may want a login, or have changed."),
        "not_xmltv": _("This is XML, but not a guide in the XMLTV format."),
        "cut_off": _("The feed is cut off: its end is missing."),
        "damaged": _("The feed is damaged: much of it cannot be read."),
        "element_too_large": _("The feed has an element of many megabytes, which no guide has."),
        "too_large": _("The feed is larger than EPG_MAX_MEGABYTES allows."),
        "too_many_channels": _("The feed names more channels than there are in the world."),
        "not_unpacked": _("The file cannot be unpacked: it is damaged, or its end is missing."),
        "empty_archive": _("The archive holds no file."),
        "empty": _("The feed has no programmes that could be read."),
        "outdated": _("The feed has no programme within the days that are kept: it is old, or its times are wrong."),
    }[reason]
