"""What the tests of the Xtream edge share."""

from collections.abc import Iterator

import pytest

from playlists.xtream import credentials


@pytest.fixture(autouse=True)
def _without_waiting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse at once, but where the waiting is what is tested; and remember nothing of other tests."""
    credentials.verdicts.forget()
    if "slowly" not in request.node.name:
        monkeypatch.setattr(credentials, "REFUSAL_SECONDS", 0.0)
    yield
    credentials.verdicts.forget()
