"""Columns have owners: whoever adds one says whose it is."""

import pytest

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
