"""manage.py explain."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from channels.models import Channel
from integrations.explanation import explain
from integrations.explanation_text import sentences
from subscribers.models import Subscriber


class Command(BaseCommand):
    help = "Tell why a subscriber has a channel, or why not. Exit 0: has it; 1: does not have it, or is unknown."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("agreement", help="the subscriber's agreement number")
        parser.add_argument("stream", help="the stream's name")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, agreement: str, stream: str, **options: Any) -> None:
        subscriber = Subscriber.objects.filter(agreement_number=agreement).first()
        channel = Channel.objects.select_related("source").defer("tvg_logo").filter(stream_name=stream).first()
        if subscriber is None:
            raise CommandError(f"There is no subscriber with the agreement number {agreement}.")
        if channel is None:
            raise CommandError(f"There is no channel with the stream name {stream}.")
        facts = explain(subscriber, channel, now=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(asdict(facts), ensure_ascii=False, default=str))
        else:
            self.stdout.write("\n".join(sentences(facts)))
        if not facts.has:
            raise CommandError("The subscriber does not have the channel.")
