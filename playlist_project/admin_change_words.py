"""What the history's changes are called for people: whole sentences, as other languages put words in other orders."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[tuple[str, str, str], Promise] = {
    # What happened, to what, and what was put there or taken away.
    ("created", "subscriber", ""): _("User {subject} was added"),
    ("created", "package", ""): _("Package {subject} was added"),
    ("created", "tariff", ""): _("Tariff {subject} was added"),
    ("created", "group", ""): _("Group {subject} was added"),
    ("created", "channel", ""): _("Channel {subject} was added"),
    ("changed", "subscriber", ""): _("User {subject} was changed"),
    ("changed", "package", ""): _("Package {subject} was changed"),
    ("changed", "tariff", ""): _("Tariff {subject} was changed"),
    ("changed", "group", ""): _("Group {subject} was changed"),
    ("changed", "channel", ""): _("Channel {subject} was changed"),
    ("deleted", "subscriber", ""): _("User {subject} was deleted"),
    ("deleted", "package", ""): _("Package {subject} was deleted"),
    ("deleted", "tariff", ""): _("Tariff {subject} was deleted"),
    ("deleted", "group", ""): _("Group {subject} was deleted"),
    ("deleted", "channel", ""): _("Channel {subject} was deleted"),
    ("assigned", "package", "channel"): _("Channel {other} was put into the package {subject}"),
    ("assigned", "tariff", "package"): _("Package {other} was put into the tariff {subject}"),
    ("assigned", "subscriber", "tariff"): _("Tariff {other} was given to the user {subject}"),
    ("assigned", "subscriber", "package"): _("Package {other} was given to the user {subject}"),
    ("assigned", "subscriber", "channel"): _("Channel {other} was given to the user {subject}"),
    ("unassigned", "package", "channel"): _("Channel {other} was taken out of the package {subject}"),
    ("unassigned", "tariff", "package"): _("Package {other} was taken out of the tariff {subject}"),
    ("unassigned", "subscriber", "tariff"): _("Tariff {other} was taken from the user {subject}"),
    ("unassigned", "subscriber", "package"): _("Package {other} was taken from the user {subject}"),
    ("unassigned", "subscriber", "channel"): _("Channel {other} was taken from the user {subject}"),
}
TYPES: dict[str, Promise] = {
    "subscriber": _("users"),
    "package": _("packages"),
    "tariff": _("tariffs"),
    "group": _("groups"),
    "channel": _("channels"),
}
WAYS: dict[str, Promise] = {
    "admin": _("by the admin"),
    "api": _("by the API"),
    "command": _("by a command"),
    "worker": _("by the worker"),
    "database": _("by the database"),
}
