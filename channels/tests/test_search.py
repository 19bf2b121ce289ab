"""Search, with and without the index that serves it."""

from importlib import import_module
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import QuerySet

from channels.api.filters import ChannelFilter
from channels.models import Channel
from channels.search import (
    MAX_SEARCH,
    contains_words,
    create_search_index,
    drop_search_index,
    index_name,
    search_text,
)
from channels.tests.factories import make_channel
from subscribers.models import Subscriber

pytestmark = pytest.mark.django_db
TABLES = {model._meta.db_table: model for model in (Channel, Subscriber)}


def scalar(sql: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def has_index(table: str) -> bool:
    return scalar(f"SELECT to_regclass('{index_name(table)}') IS NOT NULL") is True


@pytest.fixture
def trigrams() -> None:
    if not scalar("SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm')"):
        pytest.skip("this PostgreSQL has no pg_trgm")


@pytest.fixture
def no_trigrams(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the extension is not installed and cannot be."""
    for name in ("HAS_TRIGRAMS", "MAY_ADD_TRIGRAMS"):
        monkeypatch.setattr(f"channels.search.{name}", "SELECT false")


def plan_of(rows: "QuerySet[Channel] | QuerySet[Subscriber]") -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # there are too few rows for it to be worth it
    return rows.order_by().explain()


def test_every_word_must_occur_in_whichever_column() -> None:
    channel = make_channel(display_name="Новости 24", tvg_name="News")
    make_channel(display_name="Новости")

    assert Channel.objects.filter(contains_words(" news НОВОСТИ ", Channel.SEARCHED)).get() == channel


@pytest.mark.parametrize(
    ("sent", "text"),
    [("\0", ""), (" a\0 b ", "a b"), ("a" * 3000, "a" * MAX_SEARCH)],
    ids=["NUL", "NUL within", "long"],
)
def test_what_postgresql_cannot_search_for_is_left_out(sent: str, text: str) -> None:
    assert search_text(sent) == text


@pytest.mark.parametrize("table", TABLES)
def test_the_migrations_create_the_index_where_postgresql_can_have_it(trigrams: None, table: str) -> None:
    assert has_index(table)


def test_searches_of_channels_use_the_index(trigrams: None) -> None:
    found = ChannelFilter({"search": "новости"}, Channel.objects.all()).qs

    assert plan_of(found).count(index_name("channels_channel")) == len(Channel.SEARCHED)


def test_searches_of_subscribers_use_the_index(trigrams: None) -> None:
    plan = plan_of(Subscriber.objects.search("иванова"))

    assert plan.count(index_name("subscribers_subscriber")) == len(Subscriber.SEARCHED)


@pytest.mark.parametrize("table", TABLES)
def test_the_command_creates_what_is_missing_and_leaves_what_is_there(trigrams: None, table: str) -> None:
    drop_search_index(connection, table)

    for _ in range(2):
        call_command("create_search_indexes", stdout=StringIO())

    assert has_index(table)


def test_without_trigrams_there_is_no_index_and_the_command_says_so(no_trigrams: None) -> None:
    drop_search_index(connection, "channels_channel")

    assert not create_search_index(connection, "channels_channel", Channel.SEARCHED)
    with pytest.raises(CommandError, match="pg_trgm"):
        call_command("create_search_indexes")
    assert not has_index("channels_channel")


def test_without_the_index_the_same_is_found() -> None:
    drop_search_index(connection, "channels_channel")
    channel = make_channel(display_name="Новости 24")

    assert Channel.objects.filter(display_name__icontains="ВОСТ").get() == channel


def test_the_migration_says_what_is_missing_and_goes_on(no_trigrams: None, capsys: pytest.CaptureFixture[str]) -> None:
    migration = import_module("channels.migrations.0005_search_index")
    with connection.schema_editor(atomic=False) as editor:
        migration.drop(None, editor)
        migration.create(None, editor)

    assert "channels_channel has no index for searches" in capsys.readouterr().out
