"""Charts of the days, as the pages of subscribers, channels and the statistics show them."""

from collections.abc import Callable, Sequence

from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from channels.admin_charts import Chart, chart
from subscribers.activity_models import ChannelDay
from subscribers.statistics import Figures, by_day

DAYS = 30


def charts_of_channel(channel_id: int) -> list[Chart]:
    """Return the charts of a channel's page, in one query."""
    rows = ChannelDay.objects.filter(channel=channel_id)
    days = by_day(rows, today=timezone.localdate(), days=DAYS)
    return [views_chart(days), bytes_chart(days)]


def views_chart(days: Sequence[Figures]) -> Chart:
    values = [day.views for day in days]
    return _chart("views", _("Views"), days, values, intcomma, intcomma(sum(values)))


def bytes_chart(days: Sequence[Figures]) -> Chart:
    values = [day.bytes for day in days]
    return _chart("bytes", _("Bandwidth"), days, values, filesizeformat, filesizeformat(sum(values)))


def subscribers_chart(days: Sequence[Figures]) -> Chart:
    values = [day.subscribers for day in days]
    today = _("%(number)s today") % {"number": intcomma(values[-1])}
    return _chart("subscribers", _("Active subscribers"), days, values, intcomma, today)


def _chart(
    key: str, title: str, days: Sequence[Figures], values: Sequence[int], text: Callable[[int], str], total: str
) -> Chart:
    points = [
        (date_format(day.day, "SHORT_DATE_FORMAT"), value, text(value)) for day, value in zip(days, values, strict=True)
    ]
    return chart(key, title, points, label_heading=_("Day"), value_heading=title, total=total)
