"""What the tests of the pages of lists have in common."""

from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels.admin_mapping_form import mapping_of
from channels.models import ImportRun, Source
from channels.sources import create_list
from integrations.sources.importing import work_on_sources

SECRET = "s3cret"
LIST = f"""#EXTM3U
#EXTINF:-1 tvg-id="one.tv" tvg-name="One" tvg-logo="http://logo.example.com/1.png" group-title="News" x-kind="hd",First
http://line.example.com:8080/live/anna/{SECRET}/1.ts
#EXTINF:-1 tvg-id="two.tv" tvg-name="Two" group-title="News" x-play="http://line.example.com/anna/{SECRET}/2",Second
http://line.example.com:8080/live/anna/{SECRET}/2.ts
#EXTINF:-1 tvg-name="Three",Third
plugin://play/{SECRET}
"""
FIELDS = {
    "name": "Partner",
    "description": "",
    "text": LIST,
    "address": "",
    "known_by": "address",
    "delivery": "direct",
    "refresh_hours": "0",
}
MAPPING = {
    "display_name": "tvg-name",
    "tvg_name": "tvg-name",
    "tvg_id": "tvg-id",
    "tvg_logo": "tvg-logo",
    "group": "group-title",
}


def page(name: str, *args: int) -> str:
    return reverse(f"admin:channels_{name}", args=args)


def add(client: Client, **fields: Any) -> ImportRun:
    """Add a list by its page, and return the import that came of it."""
    answer = client.post(page("source_add"), {**FIELDS, **fields})
    assert answer.status_code == 302, answer.content.decode()
    return ImportRun.objects.latest("pk")


def work() -> None:
    """Do what the worker does."""
    work_on_sources(now=timezone.now(), stop=lambda: False)


def ready(client: Client, **fields: Any) -> ImportRun:
    """Add a list and have it looked at."""
    run = add(client, **fields)
    work()
    return again(run)


def imported(client: Client, **fields: Any) -> ImportRun:
    """Add a list and import it."""
    run = ready(client, **fields)
    import_it(client, run)
    return again(run)


def import_it(client: Client, run: ImportRun, **fields: str) -> None:
    """Import with what the page proposes."""
    mapping = mapping_of(run, [attribute["name"] for attribute in run.source.attributes])
    client.post(page("importrun_decide", run.pk), {**mapping, "import": "1", **fields})
    work()


def again(run: ImportRun) -> ImportRun:
    return ImportRun.objects.select_related("source").get(pk=run.pk)


def given(client: Client, source: Source, text: str) -> ImportRun:
    """Give a source a newer list, and have it looked at."""
    fields = {**FIELDS, "name": source.name, "delivery": source.delivery, "text": text}
    assert client.post(page("source_change", source.pk), fields).status_code == 302
    work()
    return source.runs.latest("pk")


def plan_of(run: ImportRun) -> dict[str, Any]:
    assert run.plan
    return run.plan


def decide(client: Client, run: ImportRun, **fields: str) -> Any:
    return client.post(page("importrun_decide", run.pk), {**MAPPING, **fields}, follow=True)


def in_state(state: str, **values: Any) -> ImportRun:
    attributes = [{"name": name, "count": 1, "sample": "x"} for name in sorted({*MAPPING.values()})]
    return ImportRun.objects.create(source=create_list(f"List {state}", attributes=attributes), state=state, **values)
