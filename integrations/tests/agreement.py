"""The claim that everything here is about: the Auth Service holds exactly the truth."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from demo.auth_service import AuthServiceStandIn
from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.reconcile import reconcile
from integrations.auth_service.tokens import states_of
from subscribers.models import Subscriber


def later(**delta: float) -> datetime:
    """Return a moment so far from now."""
    return timezone.now() + timedelta(**delta)


def held(auth_service: AuthServiceStandIn, subscriber: Subscriber) -> dict[str, Any]:
    """Return the subscriber's token as it is over there."""
    return auth_service.by_token()[subscriber.token]


def assert_agreement(auth_service: AuthServiceStandIn, client: AuthServiceClient) -> None:
    """Every token there equals the truth here, none lost, none extra; a reconciliation finds nothing."""
    states = states_of(list(Subscriber.objects.values_list("token", flat=True)), now=timezone.now())
    there = auth_service.by_token()
    assert {token: set(held["allowed_streams"]) for token, held in there.items()} == {
        token: set(state.allowed_streams) for token, state in states.items()
    }
    assert {token: held["status"] for token, held in there.items()} == {
        token: state.status for token, state in states.items()
    }
    drift = reconcile(client).drift
    assert drift == ()
