"""The form of every request and answer: JSON, in an envelope that says whether it went well.

Imports no views: Django REST framework loads these classes while it loads its own views.
"""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAcceptable, ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

MAX_BODY_BYTES = 5 * 1024 * 1024
"""Enough for a logo, or for a thousand users in one call."""


class EnvelopeRenderer(JSONRenderer):
    """Put what a view answers under ``data``, and what an exception became under ``error``."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> Any:
        failed = renderer_context is not None and renderer_context["response"].exception
        wrapped = {"success": False, "error": data} if failed else {"success": True, "data": data}
        return super().render(wrapped, accepted_media_type, renderer_context)


class StrictJsonParser(BaseParser):
    """Read JSON as its standard has it: UTF-8, no NaN, and no more of it than MAX_BODY_BYTES."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise ParseError(_("The body is longer than %(number)s MB.") % {"number": MAX_BODY_BYTES // 1024 // 1024})
        try:
            return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as exc:
            raise ParseError(_("The body is not JSON in UTF-8.")) from exc


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


class JsonWhateverIsAccepted(DefaultContentNegotiation):
    """Answer in the view's own form, also to those who would rather have another: an error must be readable."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        try:
            renderer, media_type = super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            renderer, media_type = renderers[0], renderers[0].media_type
        return renderer, media_type
