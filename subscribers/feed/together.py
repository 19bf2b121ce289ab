"""Which subscribers were changed by one request: what the database kept of them in the same context."""

from uuid import UUID

from django.apps import apps

from subscribers.models import Subscriber, SubscriberQuerySet

EVENTS = {"SubscriberEvent": "pgh_obj_id", "SubscriberTariffEvent": "subscriber_id"}
"""The tables that changes of many write to, and whose events they hold."""


def changed_in(context_id: UUID) -> SubscriberQuerySet:
    """Return those who are still there, and were changed themselves or got or lost a tariff."""
    subject, by_tariff = (
        apps.get_model("subscribers", name)._default_manager.filter(pgh_context=context_id).values(column)
        for name, column in EVENTS.items()
    )
    return Subscriber.objects.filter(pk__in=subject.union(by_tariff))
