"""Whatever the description allows or forbids is sent, and nothing unheard of comes back."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
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
from subscribers.tests.feed_steps import ONE_AFTER_THE_OTHER

pytestmark = ONE_AFTER_THE_OTHER
EXAMPLES = 10
STORIES, STEPS = 40, 15
# They name rows by their ids, of which the description cannot know which there are.
NAME_ROWS = (
    "GET /api/v1/channels",
    "GET /api/v1/users",
    "POST /api/v1/channels/bulk",
    "POST /api/v1/channels/reorder",
    "PATCH /api/v1/channels/{id}/group",
    "PATCH /api/v1/channels/{id}/packages",
    "POST /api/v1/groups/reorder",
    "POST /api/v1/tariffs",
    "PATCH /api/v1/tariffs/{id}",
    "POST /api/v1/users",
    "PATCH /api/v1/users/{id}",
    "PATCH /api/v1/users/by-external-id/{external_id}",
)
LEFT_OUT = {
    **{operation: [positive_data_acceptance] for operation in NAME_ROWS},
    # A user who is refused keeps nothing from the others: that is said in the answer, and no error.
    "POST /api/v1/users/bulk": [negative_data_rejection],
    # A cursor is known by whoever made it, and by nothing else.
    "GET /api/v1/events": [positive_data_acceptance],
}


def left_out(case: Any) -> list[Any]:
    return LEFT_OUT.get(f"{case.method} {case.operation.full_path}", [])


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
        excluded_checks=left_out(case),
    )


def test_what_is_done_one_after_the_other_is_answered_as_described(token: str) -> None:
    """Rows are made, read, changed and deleted by what one answer tells another request; what is deleted is gone."""

    made_here = schema.include(path_regex=r"^/api/v1/(groups|packages|tariffs|users)(/\{id\})?$")

    class Story(made_here.as_state_machine()):  # type: ignore[misc]  # it is made at run time
        def setup(self) -> None:
            self.rows = transaction.atomic()  # each story begins with the same ones
            self.rows.__enter__()

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.rows.__exit__(None, None, None)

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            case.cookies = {}  # it takes session_id for the id of some row
            return {"headers": {"Authorization": f"Bearer {token}"}}

        def validate_response(self, response: Any, case: Any, **kwargs: Any) -> None:
            case.validate_response(
                response,
                headers=kwargs["headers"],
                # Of single requests, the test above is judge.
                excluded_checks=[positive_data_acceptance, *left_out(case)],
                transport_kwargs=kwargs,
                recorder=self.recorder,
            )

    Story.run(
        settings=fuzz(
            max_examples=STORIES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
    )


def test_each_operation_is_a_test_of_its_own(request: pytest.FixtureRequest) -> None:
    """Of tests with one name, pytest-xdist would run the first."""
    named = [item.nodeid for item in request.session.items if item.name.startswith("test_every_answer_is_as_described")]

    assert len(named) == len(set(named))
