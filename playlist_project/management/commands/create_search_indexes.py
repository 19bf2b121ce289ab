"""manage.py create_search_indexes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from channels.models import Channel
from channels.search import create_search_index, no_search_index
from subscribers.models import Subscriber


class Command(BaseCommand):
    help = "Create the indexes for searches that migrate left out, once PostgreSQL has the extension pg_trgm."

    def handle(self, **options: Any) -> None:
        for model in (Channel, Subscriber):
            if not create_search_index(connection, model._meta.db_table, model.SEARCHED):
                raise CommandError(no_search_index(model._meta.db_table))
        self.stdout.write("Searches of channels and subscribers have their indexes.")
