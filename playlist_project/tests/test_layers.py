"""Imports point down: channels < catalog < subscribers < integrations < playlists < playlist_project.

Edges face a person or a wire. They may call a service of any app, as no other app's core imports them.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from playlist_project.tests.sources import modules

LAYERS = ("channels", "catalog", "subscribers", "integrations", "playlists", "playlist_project")
EDGES = {"admin", "api", "views", "urls", "management", "tests", "tasks"}
FORMATS = (
    "channels/m3u/",
    "channels/xmltv.py",
    "/xmltv_times.py",
    "/joined_gzip.py",
    "/csv/format.py",
    "/csv/values.py",
)
"""What is in the paths of modules that know a format and nothing else."""
OUTSIDE = ("demo", "benchmarks")


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield the full name of everything that a module imports, wherever it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_edge(parts: tuple[str, ...]) -> bool:
    return any(part in EDGES or part.startswith("admin_") for part in parts[1:])


def faults_of(path: Path, tree: ast.Module) -> Iterator[str]:
    own = (*path.parts[:-1], path.stem)
    for name in imported(tree):
        other = tuple(name.split("."))
        if other[0] in OUTSIDE and own[0] in LAYERS and "tests" not in own:
            yield f"{path} imports {name}: only tests know it"
        if other[0] not in LAYERS or own[0] not in LAYERS or own[0] == other[0] or is_edge(own):
            continue
        if LAYERS.index(other[0]) > LAYERS.index(own[0]):
            yield f"{path} imports {name}, which is above it"
        elif is_edge(other):
            yield f"{path} imports {name}, an edge of another app"


def test_imports_point_down() -> None:
    assert [fault for path, tree in modules() for fault in faults_of(path, tree)] == []


def test_formats_import_no_django() -> None:
    outside_tests = ((path, tree) for path, tree in modules() if "tests" not in path.parts)
    formats = {path: tree for path, tree in outside_tests if any(name in str(path) for name in FORMATS)}

    assert formats
    assert [path for path, tree in formats.items() if any(name.startswith("django") for name in imported(tree))] == []


@pytest.mark.parametrize(
    ("path", "code", "faults"),
    [
        ("channels/importing.py", "from catalog.models import Package", 1),
        ("subscribers/services.py", "def f():\n    import integrations.http", 1),
        ("integrations/sync.py", "from channels.admin import ChannelAdmin", 1),
        ("integrations/sync.py", "from channels import views", 1),
        ("channels/models.py", "from demo.catalogue import CHANNELS", 1),
        ("catalog/models.py", "from channels.models import Channel", 0),
        ("channels/admin.py", "from integrations.flussonic.sync import sync_channels", 0),
        ("subscribers/api/views.py", "from integrations.auth_service import delivery", 0),
        ("integrations/tests/test_sync.py", "from demo.flussonic import server", 0),
    ],
)
def test_the_rule_sees_what_it_should(path: str, code: str, faults: int) -> None:
    assert len(list(faults_of(Path(path), ast.parse(code)))) == faults
