"""The statistics in the admin: views and bandwidth by day, popular channels, players; no names of subscribers."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from subscribers import statistics
from subscribers.activity_models import Day
from subscribers.admin_charts import DAYS, bytes_chart, subscribers_chart, views_chart

PERMISSION = "channels.view_channel"
PERIODS = (1, 7, 30)
CHANNELS_SHOWN, PLAYERS_SHOWN = 20, 10
CHANNELS_ON_FRONT_PAGE = 5


def statistics_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Show what was watched; nothing of it is about one subscriber."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    today = timezone.localdate()
    period = _period(request)
    days = statistics.by_day(Day.objects.all(), today=today, days=DAYS)
    context = {
        **site.each_context(request),
        "title": _("Statistics"),
        "is_empty": statistics.is_empty(),
        "flussonic_asks": flussonic_asks(),
        "today": days[-1],
        "watching": statistics.watching_now(timezone.now()) if flussonic_asks() else None,
        "charts": [views_chart(days), bytes_chart(days), subscribers_chart(days)],
        "periods": [(number, _period_name(number)) for number in PERIODS],
        "period": period,
        "channels": statistics.popular_channels(today=today, days=period, most=CHANNELS_SHOWN),
        "players": statistics.players(today=today, days=period)[:PLAYERS_SHOWN],
    }
    return TemplateResponse(request, "admin/statistics.html", context)


def front_page_card() -> dict[str, Any]:
    """Return what the dashboard tells of today, in four queries."""
    today = timezone.localdate()
    return {
        "today": statistics.of_today(today),
        "watching": statistics.watching_now(timezone.now()) if flussonic_asks() else None,
        "popular": statistics.popular_channels(today=today, days=1, most=CHANNELS_ON_FRONT_PAGE),
    }


def flussonic_asks() -> bool:
    """Tell whether Flussonic asks this service who may watch, and so tells of sessions and bytes."""
    return bool(settings.FLUSSONIC_AUTH_SECRET or settings.FLUSSONIC_AUTH_ADDRESSES)


def _period(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in map(str, PERIODS) else PERIODS[1]


def _period_name(days: int) -> str:
    return _("today") if days == 1 else _("%(number)s days") % {"number": days}
