"""Whatever the description allows or forbids is sent, and nothing unheard of comes back."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck
from hypothesis import settings as fuzz
from pytest_django import Settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from catalog.tests.factories import make_package, make_tariff
from channels.tests.factories import make_channel, make_group
from demo.flussonic import FlussonicStandIn
from playlist_project import api_tokens
from playlist_project.api.schema import description
from playlist_project.models import ApiToken
from playlist_project.tests.api_client import make_staff
from playlist_project.wsgi import application

EXAMPLES = 10
# They name rows by their ids, of which the description cannot know which there are.
NAME_ROWS = (
    "POST /api/v1/channels/bulk",
    "POST /api/v1/channels/reorder",
    "PATCH /api/v1/channels/{id}/group",
    "PATCH /api/v1/channels/{id}/packages",
    "POST /api/v1/groups/reorder",
    "POST /api/v1/tariffs",
    "PATCH /api/v1/tariffs/{id}",
)
LEFT_OUT = {
    **{operation: [positive_data_acceptance] for operation in NAME_ROWS},
    # A user who is refused keeps nothing from the others: that is said in the answer, and no error.
    "POST /api/v1/users/bulk": [negative_data_rejection],
}

schema = schemathesis.openapi.from_dict(json.loads(json.dumps(description())))
schema.app = application
schema.config.base_url = "http://localhost"


@pytest.fixture
def one_transaction(db: None) -> Iterator[None]:
    """Keep the transaction of a test open over its requests, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def token(one_transaction: None, settings: Settings, flussonic: FlussonicStandIn) -> str:
    """A token that may do everything, and some rows to do it to."""
    settings.API_RATE_LIMIT = "1000000/min"
    for _ in range(3):
        make_tariff(packages=[make_package(channels=[make_channel(group=make_group())])])
    return api_tokens.issue(ApiToken(name="fuzz", user=make_staff(is_superuser=True)))


@schema.parametrize()
@fuzz(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(case: Any, token: str) -> None:
    case.call_and_validate(
        headers={"Authorization": f"Bearer {token}"},
        excluded_checks=LEFT_OUT.get(f"{case.method} {case.operation.full_path}", []),
    )
