"""The project's own source files, for tests that read code instead of running it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """Yield the path, seen from the root, and the syntax tree of each."""
    for folder in (*sorted(path for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."), ROOT):
        for path in sorted(folder.glob("*.py" if folder == ROOT else "**/*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text())
