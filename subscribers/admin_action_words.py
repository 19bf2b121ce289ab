"""What is said of the actions on many subscribers that go either way: before, on the button, and after."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@dataclass(frozen=True, slots=True)
class Words:
    title: "StrPromise"
    stay: "StrPromise"
    button: "StrPromise"
    done: "StrPromise"


ENABLE = Words(
    title=_("Enable subscribers"),
    stay=ngettext_lazy("%(count)s is enabled already.", "%(count)s are enabled already.", "count"),
    button=ngettext_lazy("Enable %(count)s subscriber", "Enable %(count)s subscribers", "count"),
    done=ngettext_lazy("%(count)s subscriber was enabled.", "%(count)s subscribers were enabled.", "count"),
)
DISABLE = Words(
    title=_("Disable subscribers"),
    stay=ngettext_lazy("%(count)s is disabled already.", "%(count)s are disabled already.", "count"),
    button=ngettext_lazy("Disable %(count)s subscriber", "Disable %(count)s subscribers", "count"),
    done=ngettext_lazy("%(count)s subscriber was disabled.", "%(count)s subscribers were disabled.", "count"),
)
ADD_TARIFF = Words(
    title=_("Add the tariff %(tariff)s"),
    stay=ngettext_lazy("%(count)s has it already.", "%(count)s have it already.", "count"),
    button=ngettext_lazy("Give it to %(count)s subscriber", "Give it to %(count)s subscribers", "count"),
    done=ngettext_lazy(
        "%(count)s subscriber got the tariff %(tariff)s.", "%(count)s subscribers got the tariff %(tariff)s.", "count"
    ),
)
REMOVE_TARIFF = Words(
    title=_("Remove the tariff %(tariff)s"),
    stay=ngettext_lazy("%(count)s does not have it.", "%(count)s do not have it.", "count"),
    button=ngettext_lazy("Take it from %(count)s subscriber", "Take it from %(count)s subscribers", "count"),
    done=ngettext_lazy(
        "%(count)s subscriber lost the tariff %(tariff)s.", "%(count)s subscribers lost the tariff %(tariff)s.", "count"
    ),
)
