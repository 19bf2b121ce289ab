"""The OpenAPI description: what the envelope, strict fields and the error handler make of every operation."""

from functools import cache
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS

from playlist_project.api import codes
from playlist_project.api.serializers import StrictSerializer

JSON = "application/json"
MEANINGS = {
    401: "Nobody is logged in, the token is not valid, or the credentials are wrong.",
    403: "The account lacks the permission, the token may only read, or the CSRF token is missing.",
    404: "There is no such row.",
    409: "Another row has what must be unique, or the state does not allow it.",
    415: "The body is not application/json.",
    422: "Values are not valid: fields says which, and why.",
    429: "Too many requests: the header Retry-After says how many seconds to wait.",
    500: "A fault of the service, which has been logged.",
    502: "The remote system did not do what it was asked for.",
}


NOTHING = {"type": "object", "additionalProperties": False}
"""The schema of an answer that has nothing to tell."""


class DeletedSerializer(StrictSerializer):
    id = serializers.IntegerField(help_text="Of the row that is gone.")


class EnvelopeSchema(AutoSchema):
    """Describe answers with their envelope, the errors that any operation may answer, and the header X-Reason."""

    def get_override_parameters(self) -> list[Any]:
        if self.method in SAFE_METHODS or not self.view.authentication_classes:
            return []
        return [
            OpenApiParameter(
                "X-Reason",
                {"type": "string", "maxLength": 500},
                OpenApiParameter.HEADER,
                description="Why the change is made; kept in the history.",
            )
        ]

    def get_response_serializers(self) -> Any:
        return {200: DeletedSerializer} if self.method == "DELETE" else super().get_response_serializers()

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        for status in self._possible_errors():
            bodies.setdefault(str(status), _error_answer(status, logs_in=not self.view.authentication_classes))
        return bodies

    def _possible_errors(self) -> list[int]:
        changes, logs_in = self.method not in SAFE_METHODS, not self.view.authentication_classes
        return [
            401,
            *([] if logs_in else [403]),
            *([404] if "{" in self.path else []),
            *([409] if changes and not logs_in else []),
            *([415] if self.method in ("POST", "PATCH") else []),
            422,
            429,
            500,
            *([502] if getattr(self.view, "remote_error_code", None) else []),
        ]

    def _get_response_for_code(
        self, serializer: Any, status_code: str, media_types: Any = None, direction: Any = "response"
    ) -> Any:
        response = super()._get_response_for_code(  # type: ignore[no-untyped-call]
            serializer, status_code, media_types, direction
        )
        if status_code.startswith("2"):
            for media_type, content in response.get("content", {}).items():
                if media_type == JSON:
                    content["schema"] = _envelope(True, {"data": content["schema"]})
            response["description"] = response["description"] or "Done."
        return response

    def _insert_field_validators(self, field: Any, schema: dict[str, Any]) -> None:
        super()._insert_field_validators(field, schema)  # type: ignore[no-untyped-call]
        if "oneOf" in schema:
            # "" is of both forms to those who take a format for a mere remark.
            schema["anyOf"] = schema.pop("oneOf")

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if direction == "request":
            schema["additionalProperties"] = False
        return schema


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it registers itself
    target_class = "playlist_project.api.authentication.BearerAuthentication"
    name = "apiToken"

    def get_security_definition(self, auto_schema: Any) -> Any:
        return {"type": "http", "scheme": "bearer", "description": "An API token, made by manage.py create_api_token."}


@cache
def description() -> dict[str, Any]:
    """Return the description of the whole API, put together once."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    described: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return described


def add_error_component(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Describe the one form of all errors (a hook of drf-spectacular)."""
    error = {
        "type": "object",
        "required": ["code", "message"],
        "properties": {
            "code": {"type": "string", "enum": sorted(codes.STATUS), "description": "For programs."},
            "message": {"type": "string", "description": "For people."},
            "fields": {
                "type": "object",
                "description": "What is wrong with which field, such as order.0.id.",
                "additionalProperties": {"type": "array", "items": {"type": "string"}},
            },
        },
    }
    result["components"]["schemas"]["Error"] = _envelope(False, {"error": error})
    return result


def _envelope(success: bool, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["success", *content],
        "properties": {"success": {"type": "boolean", "const": success}, **content},
    }


def _error_answer(status: int, *, logs_in: bool) -> dict[str, Any]:
    there = [code for code, its_status in codes.STATUS.items() if its_status == status]
    code = codes.INVALID_CREDENTIALS if logs_in and status == 401 else there[-1]
    fields = {"fields": {"name": ["This field is required."]}} if code == codes.VALIDATION_ERROR else {}
    example = {"success": False, "error": {"code": code, "message": MEANINGS[status], **fields}}
    headers = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}} if status == 429 else {}
    return {
        "description": f"{MEANINGS[status]} Codes: {', '.join(there)}.",
        **({"headers": headers} if headers else {}),
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Error"}, "example": example}},
    }
