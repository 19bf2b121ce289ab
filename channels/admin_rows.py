"""What staff change in the rows of the channel list: the group and the packages, saved at once through the REST API."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalog.models import Package
from channels.models import Channel, Group


def group_select(channel: Channel) -> SafeString:
    """Return the drop-down with the present group alone; ``channels.js`` fills in the others once for all rows."""
    group = channel.group
    return format_html(
        '<select class="row-group" data-url="{}" aria-label="{}"><option value="{}" selected>{}</option></select>',
        reverse("api-channel-group", args=[channel.pk]),
        _("Group of %(channel)s") % {"channel": channel},
        group.pk if group else "",
        group or _("no group"),
    )


def packages_button(channel: Channel) -> SafeString:
    """Return the button that opens the list of packages to tick; the page has the names once for all rows."""
    packages = channel.packages.all()  # prefetched
    return format_html(
        '<button type="button" class="row-packages" data-pk="{}" data-packages="{}" data-channel="{}" '
        'aria-haspopup="dialog" aria-label="{}">{}</button>',
        channel.pk,
        " ".join(str(package.pk) for package in packages),
        channel,
        _("Packages of %(channel)s: %(packages)s") % {"channel": channel, "packages": package_names(channel)},
        package_names(channel),
    )


def package_names(channel: Channel) -> str:
    return ", ".join(package.name for package in channel.packages.all()) or _("none")


def choices() -> dict[str, Any]:
    """Return the groups and packages that the rows can be given, as [id, name], and where packages are changed."""
    return {
        "url": reverse("api-channel-bulk"),
        "groups": list(Group.objects.values_list("pk", "name")),
        "packages": list(Package.objects.values_list("pk", "name")),
    }
