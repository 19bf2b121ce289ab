"""What the tests of the authorisation share."""

import pytest
from pytest_django.fixtures import Settings

from playlists.tests.authorisation.asking import SECRET


@pytest.fixture(autouse=True)
def _set_up(settings: Settings) -> None:
    settings.FLUSSONIC_AUTH_SECRET = SECRET
    settings.FLUSSONIC_AUTH_SECONDS = 45
    settings.AUTH_DECISIONS_SAMPLE = 100
