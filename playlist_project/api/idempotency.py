"""``Idempotency-Key``: whoever does not know whether a request was done sends it again, and it is done once."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from playlist_project.api import codes
from playlist_project.api.errors import ApiError
from playlist_project.models import IdempotencyKey

HEADER = "Idempotency-Key"
MAX_LENGTH = 255
DESCRIBED = OpenApiParameter(
    HEADER,
    {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description=(
        "A name of your own for this request, such as a UUID. A repeat with the same key and body is not done again: "
        "it gets the first answer, with the header Idempotent-Replayed. The key with another body is "
        "IDEMPOTENCY_CONFLICT. What failed may be mended and sent with the same key."
    ),
)


def once(request: Request, change: Callable[[], Any], answer: Callable[[Any], Any], *, status: int = 200) -> Response:
    """Do a change, and answer with what ``answer`` makes of its result; or answer as the first time, where it is done.

    ``change`` runs in a transaction together with the record of the key, and returns JSON. Of two requests at once
    the second waits for the first. Raises ApiError, and ValidationError for what is no key.
    """
    key = _key(request)
    if key is None:
        return Response(answer(change()), status=status)
    digest = _digest(request)
    record, is_new = done_once(request.user.pk, key, digest, change)
    if record.request_digest != digest:
        text = _("This %(header)s was used for another request.") % {"header": HEADER}
        raise ApiError(codes.IDEMPOTENCY_CONFLICT, text)
    if record.answer is None:
        record.answer = json.loads(_json(answer(record.result)))
        record.save(update_fields=["answer"])
    return Response(record.answer, status=status, headers={} if is_new else {"Idempotent-Replayed": "true"})


def done_once(owner_id: int | None, key: str, digest: str, change: Callable[[], Any]) -> tuple[IdempotencyKey, bool]:
    """Do a change in a transaction together with the record of the key; tell whether it is done by this call.

    Where the key is known already, the record is that of the first call: compare its digest.
    """
    with transaction.atomic():
        # Waits for whoever holds the key in a transaction of its own; after that it is there, or free.
        record, is_new = IdempotencyKey.objects.get_or_create(
            owner_id=owner_id, key=key, defaults={"request_digest": digest}
        )
        if is_new:
            record.result = change()
            record.save(update_fields=["result"])
    return record, is_new


def forget_old_keys(*, now: datetime) -> int:
    """Delete the keys that are older than IDEMPOTENCY_HOURS, and return how many that were."""
    old = IdempotencyKey.objects.filter(created_at__lt=now - timedelta(hours=settings.IDEMPOTENCY_HOURS))
    return old.delete()[0]


def _key(request: Request) -> str | None:
    key: str | None = request.headers.get(HEADER)
    if key is not None and not (0 < len(key) <= MAX_LENGTH and all("!" <= letter <= "~" for letter in key)):
        text = _("1 to %(most)s letters, digits and signs of ASCII are wanted.")
        raise ValidationError({HEADER: [text % {"most": MAX_LENGTH}]})
    return key


def _digest(request: Request) -> str:
    """Return what tells requests apart: the order of names in their JSON does not."""
    return sha256(_json([request.method, request.path, request.data]).encode()).hexdigest()


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, cls=DjangoJSONEncoder)
