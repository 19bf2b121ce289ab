"""Lists of the REST API over HTTP; the floor is their SQL as PostgreSQL times it, and making JSON of the rows."""

import json
import os
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote

from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from benchmarks.environment import web_server
from benchmarks.measure import Result, Timing, say, seconds_of
from benchmarks.rows import add_channels, add_package, add_subscribers, add_tariff, empty, execute, give, settle
from channels.models import Channel
from channels.search import index_name
from playlist_project import api_tokens
from playlist_project.api.envelope import EnvelopeRenderer
from playlist_project.models import ApiToken, User
from subscribers.models import Subscriber

CHANNELS, USERS = 89_676, 100_000
ROUNDS = 60
MAX_RATIO = 3.0
LISTS = (
    ("channels", "per_page=200"),
    ("channels", "per_page=200&page=400"),
    ("channels", "per_page=200&search=harbour hd 4567"),
    ("channels", "per_page=200&search=северный"),
    ("channels", "per_page=200&group_id={group}"),
    ("channels", "per_page=200&package_id={package}"),
    ("channels", "per_page=200&sort_by=display_name"),
    ("users", "per_page=200"),
    ("users", "per_page=200&search=BENCH-4567"),
    ("users", "per_page=200&search=иванова"),
    ("users", "per_page=200&search=анна иванова"),
    ("users", "per_page=200&tariff_id={tariff}"),
)
# Four first names and 5,000 last names, so that some searches find many and some few.
NAMES = """
    UPDATE subscribers_subscriber SET
        first_name = (ARRAY['Анна', 'Иван', 'Olga', 'Peter'])[1 + id % 4],
        last_name = (ARRAY['Иванова', 'Петров', 'Smirnova', 'Miller'])[1 + (id / 4) % 4] || ' ' || id % 5000
"""


def run(*, quick: bool) -> Iterator[Result]:
    sizes = {"channels": 2_000 if quick else CHANNELS, "users": 2_000 if quick else USERS}
    say(f"{sizes['channels']:,} channels and {sizes['users']:,} subscribers")
    ids = _add_rows(sizes)
    token = api_tokens.issue(ApiToken(name="bench", user=User.objects.create_superuser("bench")))
    os.environ["API_RATE_LIMIT"] = "1000000/min"
    indexed = all(map(_has_search_index, (Channel, Subscriber)))
    with web_server() as server:
        client = HTTPConnection(server.host, server.port, timeout=60)
        for path, query in LISTS:
            say(f"GET {path}?{query}")
            yield Result(
                f"GET {path}?{query.partition('&')[2] or query}, p95",
                sizes[path],
                _measured(client, token, path, query.format(**ids), 2 if quick else ROUNDS),
                max_ratio=MAX_RATIO,
                facts=() if indexed else ("without pg_trgm: searches read all rows",),
            )


def _add_rows(sizes: dict[str, int]) -> dict[str, int]:
    empty()
    channels = add_channels(sizes["channels"])
    packages = [add_package(f"Package {n}", channels[n * 800 : (n + 1) * 800]) for n in range(100)]
    tariff = add_tariff("Tariff", packages[0])
    give("tariff", tariff, add_subscribers(sizes["users"]))
    execute(NAMES)
    settle()
    return {"group": min(execute("SELECT id FROM channels_group"))[0], "package": packages[0], "tariff": tariff}


def _has_search_index(model: type[Model]) -> bool:
    return bool(execute("SELECT to_regclass(%s) IS NOT NULL", [index_name(model._meta.db_table)])[0][0])


def _measured(client: HTTPConnection, token: str, path: str, query: str, rounds: int) -> Timing:
    address = f"/api/v1/{path}?{quote(query, safe='=&')}"
    # As a reverse proxy in front of it says.
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-Proto": "https"}

    def fetch() -> bytes:
        client.request("GET", address, headers=headers)
        response = client.getresponse()
        body = response.read()
        assert response.status == HTTPStatus.OK, body
        return body

    answer = json.loads(fetch())
    statements, serialise = _floor(path, query, answer)
    seconds, floors = [], []
    for _ in range(rounds):
        seconds.append(seconds_of(fetch))
        floors.append(sum(map(_seconds_of_sql, statements)) + seconds_of(serialise))
    return Timing(_p95(seconds), _p95(floors), None, None)


def _floor(path: str, query: str, answer: Any) -> tuple[list[str], Callable[[], object]]:
    """Return the list's statements, and what makes JSON of its rows once they are read."""
    from playlist_project.api.urls import router

    viewset: Any = next(found for prefix, found, _ in router.registry if prefix == path)
    view = viewset(action="list", detail=False, request=None, format_kwarg=None)
    parameters = dict(part.split("=") for part in query.split("&"))
    size, page = int(parameters.pop("per_page")), int(parameters.pop("page", 1))
    with CaptureQueriesContext(connection) as queries:
        filtered = viewset.filterset_class(parameters, view.get_queryset()).qs
        total = filtered.count()
        rows = list(filtered[(page - 1) * size : page * size])
    assert (total, [row.pk for row in rows]) == (
        answer["data"]["total"],
        [row["id"] for row in answer["data"]["items"]],
    )

    def serialise() -> bytes:
        data = view.get_serializer_class()(rows, many=True).data
        rendered: bytes = EnvelopeRenderer().render({**answer["data"], "items": data})
        return rendered

    return [query["sql"] for query in queries], serialise


def _seconds_of_sql(statement: str) -> float:
    (line,) = execute(f"EXPLAIN (ANALYZE, TIMING OFF) {statement}")[-1]
    return float(line.split()[2]) / 1000


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]
