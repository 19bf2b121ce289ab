"""The OpenAPI description of what the envelope makes of every answer."""

from drf_spectacular.openapi import AutoSchema


class EnvelopeSchema(AutoSchema):  # type: ignore[no-untyped-call]
    pass
