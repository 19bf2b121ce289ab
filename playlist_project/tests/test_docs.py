"""What the documents name exists: pages, pictures, commands, targets of make, settings."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from integrations.auth_service.reconcile import SECONDS_FOR_ALL_PAGES
from playlist_project.tests.sources import ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
README = (ROOT / "README.md").read_text()
OUR_APPS = ("channels", "catalog", "subscribers", "integrations", "playlists", "playlist_project")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def links(page: Path) -> Iterator[str]:
    """Yield the relative targets of links and pictures, without their anchors."""
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        path = target.partition("#")[0]
        if path and not re.match(r"[a-z]+:", path):
            yield path


def named(kind: str, text: str) -> set[str]:
    """Return the words that follow this one where the text speaks of code."""
    code = "\n".join(re.findall(r"^ *```.*?^ *```|`[^`\n]+`", text, re.MULTILINE | re.DOTALL))
    return set(re.findall(rf"(?<![\w-]){re.escape(kind)} ([a-z0-9_]+)", code))


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def configuration() -> str:
    return README.partition("## Configuration")[2].partition("\n## ")[0]


def settings_of_the_table() -> set[str]:
    rows = re.findall(r"^\| (`.+?`) \|", configuration(), re.MULTILINE)
    return set(re.findall(r"`([A-Z][A-Z0-9_]*)`", " ".join(rows)))


def settings_of_the_example() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


@every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [target for target in links(page) if not (page.parent / target).exists()] == []


@every_page
def test_every_command_that_is_named_exists(page: Path) -> None:
    assert named("manage.py", page.read_text()) - get_commands().keys() == set()


@every_page
def test_every_target_that_is_named_exists(page: Path) -> None:
    assert named("make", page.read_text()) - targets() == set()


def test_the_readme_names_every_command_of_ours() -> None:
    ours = {name for name, app in get_commands().items() if app in OUR_APPS}

    assert ours
    assert ours - named("manage.py", README) == set()


def test_the_readme_names_every_target() -> None:
    assert targets() - named("make", README) == set()


def test_the_readme_has_the_settings_of_the_example_and_no_others() -> None:
    assert settings_of_the_table() == settings_of_the_example()


def test_the_index_leads_to_every_page() -> None:
    index = ROOT / "docs" / "README.md"

    assert {page.name for page in PAGES if page.parent == index.parent} - {index.name} <= set(links(index))


def test_the_proxy_waits_for_whatever_staff_start_by_a_button() -> None:
    staff = (
        (ROOT / "docs/nginx.conf.example")
        .read_text()
        .partition("location ~ ^/(admin/|api/v1/channels-sync$) {")[2]
        .partition("}")[0]
    )
    (seconds,) = re.findall(r"proxy_read_timeout (\d+)s;", staff)

    assert int(seconds) > max(settings.FLUSSONIC_DEADLINE, SECONDS_FOR_ALL_PAGES)
