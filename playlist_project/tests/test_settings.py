"""Every variable is explained, read in one place, and its odd values are spoken of."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.core.checks import run_checks
from django.db import connection
from pytest_django import Settings

from playlist_project.tests.sources import ROOT, modules

EXAMPLE = (ROOT / ".env.example").read_text()
PRODUCTION = {
    "ENV_FILE": "",
    "SECRET_KEY": "a-long-secret-key-for-this-test-0123456789-abcdefghijklm",
    "DATABASE_URL": "postgres://nobody@/none?host=/nowhere",
    "PUBLIC_URL": "https://playlist.example.com",
    "FLUSSONIC_URL": "https://flussonic.example.com:8443",
    "AUTH_SERVICE_URL": "http://auth-service:8000",
}


def manage(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command with this environment and nothing else."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def variables_of_settings() -> dict[str, ast.expr | None]:
    """Return the name of each variable that the settings read, with its default."""
    code = ast.parse((ROOT / "playlist_project/settings.py").read_text())
    calls = [node for node in ast.walk(code) if isinstance(node, ast.Call) and node.args]
    return {
        ast.literal_eval(call.args[0]): call.args[1] if len(call.args) > 1 else None
        for call in reversed(calls)  # of a variable that is read twice, the first has the default
        if re.fullmatch(r"env\.(?!read_env)\w+", ast.unparse(call.func))
    }


def variables_of_compose() -> set[str]:
    return set(re.findall(r"\$\{([A-Z][A-Z0-9_]*)", (ROOT / "compose.yaml").read_text()))


def test_every_variable_is_in_the_example_and_no_other() -> None:
    explained = re.findall(r"^#?([A-Z][A-Z0-9_]*)=", EXAMPLE, re.MULTILINE)

    assert sorted(explained) == sorted(variables_of_settings().keys() | variables_of_compose())


def test_every_variable_in_the_example_is_explained() -> None:
    paragraphs = [p for p in EXAMPLE.split("\n\n") if re.search(r"^#?[A-Z][A-Z0-9_]*=", p, re.MULTILINE)]

    assert [p for p in paragraphs if not re.match(r"# \S", p)] == []


def as_written(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)


def test_the_example_shows_the_defaults() -> None:
    shown = dict(re.findall(r"^#([A-Z][A-Z0-9_]*)=(.*)$", EXAMPLE, re.MULTILINE))
    constants = {name: node.value for name, node in variables_of_settings().items() if isinstance(node, ast.Constant)}

    expected = {name: as_written(default) for name, default in constants.items() if name in shown}
    assert {name: shown[name] for name in expected} == expected


def readings_of_the_environment(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=whole, ctx=ast.Load()) if ast.unparse(whole) == "os.environ":
                yield ast.unparse(node)
            case ast.Call(func=reader) if re.fullmatch(
                r"os\.environ\.(get|items)|os\.getenv|environ\.Env", ast.unparse(reader)
            ):
                yield ast.unparse(node)
            case ast.Compare(comparators=[*_, whole]) if ast.unparse(whole) == "os.environ":
                yield ast.unparse(node)
            case ast.ImportFrom(module="os", names=names) if {n.name for n in names} & {"environ", "getenv"}:
                yield ast.unparse(node)


def test_settings_alone_read_the_environment() -> None:
    readers = {str(path) for path, tree in modules() if any(readings_of_the_environment(tree))}

    # The demo and the benchmarks hand an environment to the service: they ask before there are settings.
    assert {path for path in readers if not path.startswith(("demo/", "benchmarks/"))} == {
        "playlist_project/settings.py"
    }


@pytest.mark.parametrize(
    ("code", "reads"),
    [
        ("os.environ['A']", True),
        ("os.environ.get('A')", True),
        ("os.getenv('A')", True),
        ("'A' in os.environ", True),
        ("from os import environ", True),
        ("environ.Env()", True),
        ("os.environ.setdefault('A', 'b')", False),
        ("os.environ['A'] = 'b'", False),
        ("run(env={**os.environ})", False),
    ],
)
def test_the_search_sees_what_it_should(code: str, reads: bool) -> None:
    assert bool(list(readings_of_the_environment(ast.parse(code)))) == reads


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({"DEBUG": "false"}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "x" * 50}, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "postgres://nobody@/none"}, "SECRET_KEY is not set"),
    ],
    ids=["neither", "no database", "no key"],
)
def test_production_does_not_start_without_what_it_needs(environment: dict[str, str], complaint: str) -> None:
    refused = manage("check", ENV_FILE="", **environment)

    assert refused.returncode != 0
    assert complaint in refused.stderr


def test_the_logs_know_the_name_of_the_token() -> None:
    code = "import logging; logging.warning('cannot play http://h/news/video.m3u8?auth_key=abc')"
    said = manage("shell", "--no-imports", "--command", code, FLUSSONIC_TOKEN_KEY="auth_key", **PRODUCTION)

    assert "video.m3u8?auth_key=***" in said.stderr


def test_the_deployment_check_is_clean_in_production() -> None:
    checked = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("setting", "value", "check"),
    [
        ("FLUSSONIC_API", "v9", "playlist_project.E001"),
        ("AUTH_SERVICE_DATES", "utc", "playlist_project.E001"),
        ("PUBLIC_URL", "playlist.example.com", "playlist_project.E002"),
        ("FLUSSONIC_URL", "ftp://flussonic.example.com", "playlist_project.E002"),
        ("SECRET_KEY", "short", "playlist_project.E003"),
        ("API_RATE_LIMIT", "600", "playlist_project.E004"),
        ("API_RATE_LIMIT", "0/min", "playlist_project.E004"),
    ],
)
def test_values_that_cannot_work_are_errors(settings: Settings, setting: str, value: str, check: str) -> None:
    setattr(settings, setting, value)

    assert [message.id for message in run_checks() if message.is_serious()] == [check]


@pytest.mark.parametrize(
    ("setting", "value", "check"),
    [
        ("FLUSSONIC_URL", "", "playlist_project.W001"),
        ("AUTH_SERVICE_URL", "", "playlist_project.W002"),
        ("PUBLIC_URL", "http://localhost:8080", "playlist_project.W003"),
    ],
)
def test_what_is_odd_in_production_is_warned_of(settings: Settings, setting: str, value: str, check: str) -> None:
    for name in ("PUBLIC_URL", "FLUSSONIC_URL", "AUTH_SERVICE_URL"):
        setattr(settings, name, PRODUCTION[name])
    setattr(settings, setting, value)

    ours = [
        message.id for message in run_checks(include_deployment_checks=True) if "playlist_project" in str(message.id)
    ]
    assert ours == [check]


@pytest.mark.django_db
def test_postgresql_compiles_no_queries() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)


def test_what_the_database_url_says_for_itself_comes_after_ours() -> None:
    url = f"{PRODUCTION['DATABASE_URL']}&options=-c%20jit=on"
    code = "from django.conf import settings; print(settings.DATABASES['default']['OPTIONS']['options'])"

    done = manage("shell", "--verbosity=0", "-c", code, **{**PRODUCTION, "DATABASE_URL": url})

    assert done.stdout == "-c jit=off -c jit=on\n"
