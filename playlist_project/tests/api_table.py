"""The table that every endpoint of the API has a row in: who may call it, with what, and what it answers.

Rows stand in the modules ``api_table_*.py`` beside this one, as a list ``ENDPOINTS``; ``test_api_table.py`` finds
them by itself, and complains of endpoints that have none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

NO_SUCH_ID = 2**40


@dataclass(frozen=True)
class Endpoint:
    """One method of one path.

    ``path`` is under /api/v1/ and may hold ``{pk}`` and other attributes of the row that ``row`` makes.
    ``body`` takes that row and returns what is sent. ``invalid`` has, for each field that is to be complained of,
    a body; ``duplicate`` a body that clashes with the row, or with what it makes itself.
    """

    method: str
    path: str
    permissions: tuple[str, ...] = ()
    row: Callable[[], Any] = lambda: None
    body: Callable[[Any], Any] = lambda row: None
    status: int = 200
    invalid: Mapping[str, Any] = field(default_factory=dict)
    duplicate: Callable[[Any], Any] | None = None
    query: str = ""
    """Parameters without which it cannot succeed; may name attributes of the row, as the path may."""
    needs: str = ""
    """The fixture without which it cannot succeed."""
    without_login: bool = False
    """Whether it is for everybody."""
    download: bool = False
    """Whether success is a file, and not an envelope."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def names_a_row(self) -> bool:
        return "{" in self.path

    def address(self, row: Any, more: str = "") -> str:
        """Return the path with its parameters, and more of them."""
        path = self.path.format_map(_Attributes(row)) if self.names_a_row else self.path
        parameters = [part for part in (self.query.format_map(_Attributes(row)), more) if part]
        return f"{path}?{'&'.join(parameters)}" if parameters else path

    def wrong_address(self) -> str:
        """Return the path of a row that does not exist."""
        return self.path.format_map(_Missing())


class _Attributes(dict[str, Any]):
    def __init__(self, row: Any) -> None:
        self.row = row

    def __missing__(self, name: str) -> Any:
        return getattr(self.row, name)


class _Missing(dict[str, Any]):
    def __missing__(self, name: str) -> Any:
        return NO_SUCH_ID


def endpoints() -> list[Endpoint]:
    folder = Path(__file__).parent
    names = sorted(path.stem for path in folder.glob("api_table_*.py"))
    return [row for name in names for row in import_module(f"playlist_project.tests.{name}").ENDPOINTS]
