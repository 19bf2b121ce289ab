"""Pages of the admin over HTTP. The floor is the same page where there are 100 channels and 100 subscribers in all."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.client import HTTPConnection
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.management import call_command

from benchmarks.environment import web_server
from benchmarks.measure import Result, Timing, say, seconds_of
from benchmarks.rows import add_channels, add_package, add_subscribers, add_tariff, empty, execute, give, settle
from playlist_project.models import User
from subscribers.models import OutboxEntry

CHANNELS, USERS = 89_676, 100_000
FEW = 100
ROUNDS = 20
MAX_SECONDS = {"/admin/": 0.1}
MAX_RATIO = 1.3  # of a list that should be as fast as a short one
ROWS_OF_PAGE = 100
# (what it lists, path, how far down of all its pages)
PAGES = (
    ("channels", "/admin/", 0.0),
    ("channels", "/admin/channels/channel/", 0.0),
    ("channels", "/admin/channels/channel/", 0.5),
    ("channels", "/admin/channels/channel/", 0.99),
    ("users", "/admin/subscribers/subscriber/", 0.0),
    ("users", "/admin/subscribers/subscriber/", 0.9),
)


def run(*, quick: bool) -> Iterator[Result]:
    sizes = {"channels": 2_000 if quick else CHANNELS, "users": 2_000 if quick else USERS}
    rounds = 2 if quick else ROUNDS
    call_command("collectstatic", interactive=False, verbosity=0)
    cookie = _log_in()
    with web_server() as server:
        get = _getter(HTTPConnection(server.host, server.port, timeout=60), cookie)
        _add_rows({"channels": FEW, "users": FEW})
        floors = {page: _best(get(page), rounds) for page in {path for _, path, _ in PAGES}}
        say(f"{sizes['channels']:,} channels and {sizes['users']:,} subscribers")
        _add_rows(sizes)
        get = _getter(HTTPConnection(server.host, server.port, timeout=60), cookie)  # the other was idle for too long
        for kind, path, share in PAGES:
            address = f"{path}?p={int(share * sizes[kind]) // ROWS_OF_PAGE}" if share else path
            say(f"GET {address}")
            timing = Timing(_best(get(address), rounds), floors[path], None, None)
            limit = MAX_SECONDS.get(path)
            yield Result(
                f"GET {address}", sizes[kind], timing, max_seconds=limit, max_ratio=None if limit else MAX_RATIO
            )


def _log_in() -> str:
    """Return the cookie of a session of a superuser."""
    staff = User.objects.create_superuser("bench-staff")
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(staff.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = staff.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def _getter(client: HTTPConnection, cookie: str) -> Callable[[str], Callable[[], None]]:
    # As a reverse proxy in front of it says.
    headers = {"Cookie": cookie, "X-Forwarded-Proto": "https"}

    def get(path: str) -> Callable[[], None]:
        def fetch() -> None:
            client.request("GET", path, headers=headers)
            response = client.getresponse()
            body = response.read()
            assert response.status == HTTPStatus.OK, body[:1000]

        return fetch

    return get


def _add_rows(sizes: dict[str, int]) -> None:
    """Make as many rows, of which no token waits to be delivered."""
    empty()
    execute("DISCARD PLANS")  # those for few rows take hours to check the foreign keys of many
    channels = add_channels(sizes["channels"])
    packages = [add_package(f"Package {n}", channels[n * 800 : (n + 1) * 800]) for n in range(min(100, len(channels)))]
    for n in range(5):
        add_package(f"Large {n}", channels[: len(channels) * 2 // 3])
    give("tariff", add_tariff("Tariff", packages[0]), add_subscribers(sizes["users"]))
    OutboxEntry.objects.all().delete()
    settle()


def _best(action: Callable[[], object], rounds: int) -> float:
    action()
    return min(seconds_of(action) for _ in range(rounds))
