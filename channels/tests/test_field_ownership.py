"""Columns have owners: whoever adds one says whose it is."""

import re

import pytest

from channels import import_sql
from channels.models import Channel
from integrations.flussonic import sync

OWNERS = (Channel.IDENTITY_FIELDS, Channel.SOURCE_FIELDS, Channel.OPERATOR_FIELDS, Channel.DERIVED_FIELDS)


def test_every_column_of_a_channel_has_exactly_one_owner() -> None:
    declared = [name for fields in OWNERS for name in fields]
    assert sorted(declared) == sorted(field.name for field in Channel._meta.concrete_fields)


@pytest.mark.parametrize("statement", [sync.UPDATE_CHANGED, sync.UPDATE_GONE, sync.UPDATE_SEEN])
def test_a_sync_updates_what_the_source_owns_and_nothing_else(statement: str) -> None:
    written = statement.partition(" SET ")[2] if " SET " in statement else statement.partition("SET ")[2]
    assignments = written.partition("FROM")[0].partition("WHERE")[0]
    columns = {part.partition("=")[0].strip() for part in assignments.split(",")}
    assert columns <= {*Channel.SOURCE_FIELDS, "updated_at"}


@pytest.mark.parametrize("statement", ["UPDATE_CHANGED", "UPDATE_GONE", "RESTORE_CHANGED", "RESTORE_GONE"])
def test_an_import_updates_what_the_source_owns_and_what_is_merged(statement: str) -> None:
    assignments = getattr(import_sql, statement).partition(" SET ")[2].partition(" FROM difference")[0]
    columns = set(re.findall(r"(?:^|,)\s*(\w+) = ", assignments.partition("FROM channels_importchange")[0]))
    merged = {"group_id" if name == "group" else name for name in Channel.MERGED_FIELDS}
    assert columns
    assert columns <= {*Channel.SOURCE_FIELDS, *merged, "updated_at"}


def test_what_is_merged_belongs_to_the_operator_or_is_a_name() -> None:
    assert set(Channel.MERGED_FIELDS) - {"display_name"} <= set(Channel.OPERATOR_FIELDS)
