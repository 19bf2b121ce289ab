"""manage.py worker."""

import asyncio
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from playlist_project.health import pending_migrations

# Each queue has hands of its own, so that a long import never holds a revocation.
QUEUES = {"delivery": 1, "revocation": 1, "sync": 1, "imports": 1, "guide": 1, "sources": 1, "push": 1, "default": 2}
GRACE = 30.0  # seconds that a job may go on after SIGTERM


class Command(BaseCommand):
    help = "Run the background work: deliveries, reconciliation, syncs, imports. Any number of workers may run at once."

    def handle(self, **options: Any) -> None:
        if pending_migrations():
            raise CommandError("The database is not up to date: run manage.py migrate, then this again.")
        self.stdout.write(f"worker started, queues: {', '.join(QUEUES)}")
        self.stdout.flush()  # whoever watches a pipe should not wait for the next line
        asked_to_stop = asyncio.run(self.work())
        if not asked_to_stop:
            raise CommandError("The worker stopped by itself, as the log says; start it again.")
        self.stdout.write("worker stopped")

    async def work(self) -> bool:
        """Work until told to stop, and tell whether that was why it ended."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signal_number, stop.set)
        connector = app.connector
        assert isinstance(connector, DjangoConnector)
        with app.replace_connector(connector.get_worker_connector()):
            async with app.open_async():
                queues = [asyncio.create_task(run_queue(*queue)) for queue in QUEUES.items()]
                stopped = asyncio.create_task(stop.wait())
                await asyncio.wait([*queues, stopped], return_when=asyncio.FIRST_COMPLETED)
                for task in (*queues, stopped):
                    task.cancel()  # a queue ends its jobs first
                await asyncio.gather(*queues, stopped, return_exceptions=True)
        return stop.is_set()


async def run_queue(queue: str, concurrency: int) -> None:
    await app.run_worker_async(
        queues=[queue],
        name=queue,
        concurrency=concurrency,
        delete_jobs="successful",
        fetch_job_polling_interval=1.0,
        shutdown_graceful_timeout=GRACE,
        install_signal_handlers=False,  # each would replace the one before
    )
