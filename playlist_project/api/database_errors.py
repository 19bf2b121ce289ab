"""What the database refuses, in words: it has the last word where two requests at once passed all other checks."""

import re
from dataclasses import dataclass

import psycopg
from django.apps import apps
from django.db import IntegrityError, models
from django.db.models import BaseConstraint
from django.utils.translation import gettext as _
from psycopg import errors as sqlstates

from playlist_project.api import codes

# "Key (name)=(News) already exists.", in whatever language the server speaks.
COLUMNS = re.compile(r"\(([^()]+)\)=\(")
# What another try sees as it is by then, so that it succeeds or is refused with a reason.
PASSING = (sqlstates.SerializationFailure, sqlstates.DeadlockDetected, sqlstates.ForeignKeyViolation)


@dataclass(frozen=True, slots=True)
class Explained:
    code: str
    message: str
    fields: dict[str, list[str]]


def is_passing(exc: BaseException) -> bool:
    """Tell whether a statement failed only because of another one at the same moment."""
    return isinstance(exc.__cause__, PASSING)


def explain_integrity_error(exc: IntegrityError) -> Explained | None:
    """Say which rule was broken, by which fields; None where it is a fault of ours."""
    cause = exc.__cause__
    if isinstance(cause, sqlstates.UniqueViolation):
        return _explained(codes.DUPLICATE_ENTRY, cause, _("Another row has this already."))
    if isinstance(cause, sqlstates.ForeignKeyViolation):
        return _explained(codes.VALIDATION_ERROR, cause, _("It refers to a row that is gone, or is referred to."))
    if isinstance(cause, sqlstates.CheckViolation):
        return _explained(codes.VALIDATION_ERROR, cause, _("The values do not go together."))
    return None


def _explained(code: str, cause: psycopg.Error, otherwise: str) -> Explained:
    columns = COLUMNS.search(cause.diag.message_detail or "")
    names = columns[1].split(", ") if columns else []
    model = _model(cause.diag.table_name)
    message = (model and _own_words(model, cause.diag.constraint_name, names)) or otherwise
    fields = {name: [message] for name in names}
    return Explained(code, f"{names[0]}: {message}" if len(names) == 1 else message, fields)


def _model(table: str | None) -> type[models.Model] | None:
    return next((model for model in apps.get_models() if model._meta.db_table == table), None)


def _own_words(model: type[models.Model], constraint_name: str | None, names: list[str]) -> str | None:
    """Return the message that the model gives for its constraint, or for its unique field."""
    constraint: BaseConstraint
    for constraint in model._meta.constraints:
        if constraint.name == constraint_name:
            return str(constraint.get_violation_error_message())
    fields = {field.column: field for field in model._meta.concrete_fields}
    if len(names) == 1 and names[0] in fields and fields[names[0]].unique:
        own = fields[names[0]].error_messages["unique"]
        words = {"model_name": model._meta.verbose_name, "field_label": fields[names[0]].verbose_name}
        return str(own) % words
    return None
