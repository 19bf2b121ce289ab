"""What an exception becomes."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.db import IntegrityError, transaction
from rest_framework import exceptions as rest

from channels.models import Channel, Source
from channels.ordering import BadOrder
from channels.tests.factories import make_channel
from integrations.flussonic.sync import SyncRunning
from integrations.http import RemoteUnavailable
from playlist_project.api import codes
from playlist_project.api.errors import ApiError, answer
from playlist_project.api.views import ApiView


def answered(exc: Exception, remote: str | None = codes.AUTH_SERVICE_ERROR) -> tuple[int, dict[str, Any]]:
    view = ApiView()
    view.remote_error_code = remote
    response = answer(exc, {"view": view})
    assert response is not None
    assert response.exception
    return response.status_code, response.data


@pytest.mark.parametrize(
    ("exc", "status", "code"),
    [
        (Channel.DoesNotExist(), 404, "NOT_FOUND"),
        (PermissionDenied(), 403, "FORBIDDEN"),
        (SuspiciousOperation("../etc"), 422, "VALIDATION_ERROR"),
        (SyncRunning("A sync is running already."), 409, "SYNC_RUNNING"),
        (RemoteUnavailable("It is down."), 502, "AUTH_SERVICE_ERROR"),
        (ApiError(codes.CHANNEL_NOT_ORPHANED, "Flussonic still has it."), 400, "CHANNEL_NOT_ORPHANED"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_an_exception_has_a_code(exc: Exception, status: int, code: str) -> None:
    found, error = answered(exc)

    assert (found, error["code"]) == (status, code)
    assert error["message"]
    assert "etc" not in error["message"]


def test_what_is_not_known_is_a_fault_of_ours() -> None:
    assert answer(KeyError("x"), {"view": ApiView()}) is None
    assert answer(RemoteUnavailable("It is down."), {"view": ApiView()}) is None


@pytest.mark.parametrize(
    ("exc", "fields", "message"),
    [
        (rest.ValidationError({"name": ["Too long."]}), {"name": ["Too long."]}, "name: Too long."),
        (rest.ValidationError("No."), {"non_field_errors": ["No."]}, "No."),
        (
            rest.ValidationError({"order": [{}, {"id": ["No."], "x": ["Yes."]}], "name": ["A.", "B."]}),
            {"order.1.id": ["No."], "order.1.x": ["Yes."], "name": ["A.", "B."]},
            "order.1.id: No. And 3 more.",
        ),
        (rest.ValidationError({"user": {"non_field_errors": ["No."]}}), {"user": ["No."]}, "user: No."),
        (rest.ValidationError({"ids": {"3": ["No."]}}), {"ids.3": ["No."]}, "ids.3: No."),
        (rest.ValidationError([{}, {"name": ["No."]}]), {"1.name": ["No."]}, "1.name: No."),
        (ValidationError({"name": ["Too long."]}), {"name": ["Too long."]}, "name: Too long."),
        (ValidationError("No."), {"non_field_errors": ["No."]}, "No."),
        (ValidationError({"__all__": ["No."]}), {"non_field_errors": ["No."]}, "No."),
        (BadOrder("Reload."), {"order": ["Reload."]}, "Reload."),
    ],
)
def test_what_is_invalid_is_named_by_its_path(exc: Exception, fields: Any, message: str) -> None:
    assert answered(exc) == (422, {"code": "VALIDATION_ERROR", "message": message, "fields": fields})


def test_what_is_taken_is_a_duplicate_unless_something_else_is_wrong_too() -> None:
    taken, wrong = rest.ErrorDetail("Taken.", "unique"), rest.ErrorDetail("Wrong.", "invalid")

    assert answered(rest.ValidationError({"name": [taken]}))[1]["code"] == "DUPLICATE_ENTRY"
    assert answered(ValidationError({"name": ValidationError("Taken.", "unique")}))[1]["code"] == "DUPLICATE_ENTRY"
    assert answered(rest.ValidationError({"name": [taken], "x": [wrong]}))[1]["code"] == "VALIDATION_ERROR"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("columns", "status", "fields"),
    [
        ({"stream_name": ""}, 422, None),
        ({"stream_name": "news"}, 409, {"stream_name": ["channel with this stream name already exists."]}),
        ({"id": 1}, 409, {"id": ["channel with this ID already exists."]}),
    ],
    ids=["a check", "a unique column", "the primary key"],
)
def test_what_the_database_refuses_is_said_in_the_words_of_the_model(columns: Any, status: int, fields: Any) -> None:
    make_channel(id=1, stream_name="news")

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        make_channel(**columns)

    found, error = answered(refused.value)
    assert (found, error.get("fields")) == (status, fields)
    if fields is None:
        assert error["message"] == "A channel needs the name of its stream."


@pytest.mark.django_db
def test_a_column_that_we_forgot_is_a_fault_of_ours() -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        make_channel(is_active=None)

    assert answer(refused.value, {"view": ApiView()}) is None


@pytest.mark.django_db
def test_what_is_in_use_is_told_without_a_list_of_rows() -> None:
    channel = make_channel()

    with pytest.raises(Exception, match="Cannot delete") as refused:
        Source.objects.get(pk=channel.source_id).delete()

    _, error = answered(refused.value)
    assert error["code"] == "VALIDATION_ERROR"
    assert "<Channel" not in error["message"]
