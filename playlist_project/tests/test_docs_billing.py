"""The page for billing systems: its commands are run, and print what it says."""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from catalog.tests.factories import make_package, make_tariff
from channels.tests.factories import make_channel, make_group
from demo.auth_service import AuthServiceStandIn
from playlist_project import api_tokens
from playlist_project.models import ApiToken
from playlist_project.tests.api_client import make_staff
from playlist_project.tests.sources import ROOT
from subscribers.tests.feed_steps import ONE_AFTER_THE_OTHER

PAGE = ROOT / "docs" / "billing.md"
ANY = "…"
END = "--- end of block ---"
PERMISSIONS = [
    *(f"subscribers.{verb}_subscriber" for verb in ("view", "add", "change", "delete")),
    *(f"{kind}_{name}" for kind, name in (("catalog.view", "tariff"), ("catalog.view", "package"))),
    *("channels.view_channel", "channels.view_group", "subscribers.view_token"),
]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    ONE_AFTER_THE_OTHER,
    pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="curl and jq are not both installed"),
]


def blocks() -> list[tuple[str, str]]:
    return re.findall(r"^```(sh|json|text)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def matches(said: Any, printed: Any, name: str = "") -> bool:
    """Compare what the page says with what was printed: ids may differ, and whatever stands where the page has ANY."""
    if isinstance(said, dict):
        return said.keys() == printed.keys() and all(matches(said[key], printed[key], key) for key in said)
    if isinstance(said, list):
        return len(said) == len(printed) and all(map(matches, said, printed))
    if isinstance(said, str) and ANY in said:
        return re.fullmatch(".*".join(map(re.escape, said.split(ANY))), printed, re.DOTALL) is not None
    if name == "id" and said is not None:
        return isinstance(printed, int)
    return bool(said == printed)


@pytest.fixture
def environment(live_server: LiveServer, auth_service: AuthServiceStandIn) -> dict[str, str]:
    """An operator with two tariffs, and billing's own account."""
    news = make_channel(
        stream_name="news", display_name="News", tvg_name="News", group=make_group(name="Informational")
    )
    sport = make_channel(stream_name="sport", display_name="Sport", tvg_name="Sport")
    basic, extra = make_package(name="Basic", channels=[news]), make_package(name="Sport", channels=[sport])
    make_tariff(name="Home", packages=[basic, extra])
    make_tariff(name="Family", packages=[basic])
    account = make_staff(*PERMISSIONS, username="billing")
    token = api_tokens.issue(ApiToken(name="billing", user=account))
    return {"API": f"{live_server.url}/api/v1", "TOKEN": token, "PATH": "/usr/local/bin:/usr/bin:/bin"}


def test_the_commands_of_the_page_print_what_it_says(environment: dict[str, str]) -> None:
    commands = [text for kind, text in blocks() if kind == "sh"]
    said = [(kind, text) for kind, text in blocks() if kind != "sh"]
    script = "set -euo pipefail\n" + f"echo '{END}'\n".join([*commands, ""])

    ran = subprocess.run(
        ["bash"], input=script, env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    printed = ran.stdout.split(f"{END}\n")[:-1]
    assert len(said) == len(printed)
    for command, (kind, text), output in zip(commands, said, printed, strict=True):
        wanted, got = (text, output) if kind == "text" else (json.loads(text), json.loads(output))
        assert matches(wanted, got), f"{command}\nprinted\n{output}"
