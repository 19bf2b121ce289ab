"""The front page of the admin: figures, what needs attention soon, and what happened last."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from playlist_project.admin_changes import last_lines
from playlist_project.admin_statistics import PERMISSION as SEES_STATISTICS
from playlist_project.admin_statistics import front_page_card
from playlist_project.dashboard import snapshot
from subscribers.models import SOON_DAYS, Subscriber

SUBSCRIBERS_SHOWN = 8
CHANGES_SHOWN = 8


def front_page(request: HttpRequest) -> dict[str, Any]:
    """Return what the template shows, in a number of queries that does not grow."""
    context: dict[str, Any] = {"snapshot": snapshot(), "changes": last_lines(request, CHANGES_SHOWN)}
    if request.user.has_perm(SEES_STATISTICS):
        context |= front_page_card()
    if request.user.has_perm("subscribers.view_subscriber"):
        ending = Subscriber.objects.enabled().ending_within(timezone.now(), days=SOON_DAYS)
        context |= {
            "ending": ending.only("first_name", "last_name", "agreement_number", "valid_until")[:SUBSCRIBERS_SHOWN],
            "ending_total": ending.count(),
            "days_ahead": SOON_DAYS,
        }
    return context
