"""Channels out of lists, as players get them: by the list's own addresses, or through Flussonic."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from catalog.tests.factories import make_package
from channels.models import Channel, Source
from channels.sources import apply_delivery
from channels.tests.lists import entry, imported, list_of, make_list_source
from integrations.auth_service.tokens import states_of
from playlists.tests.xtream.players import PASSWORD, make_player
from subscribers.models import Subscriber

pytestmark = pytest.mark.django_db
TOKEN = "QeHUZDtsuc56bX69kLWk9Q"
UP = f"anna/{PASSWORD}"
ADDRESS = "http://line.example.com:8080/news/index.m3u8?token=of-the-source"


@pytest.fixture
def source() -> Source:
    source = make_list_source(name="Town")
    imported(source, list_of(entry(1, "News", url=ADDRESS)))
    make_player(packages=[make_package(channels=list(Channel.objects.all()))], token=TOKEN)
    return source


def restream(source: Source) -> None:
    source.delivery = Source.Delivery.RESTREAM
    source.save()
    apply_delivery(source)


def get(path: str) -> Any:
    return Client().get(path)


def playlist(path: str = f"/playlist/{TOKEN}.m3u8") -> list[str]:
    text = b"".join(get(path)).decode()
    return [line for line in text.splitlines() if not line.startswith("#")]


def get_php(output: str) -> list[str]:
    return playlist(f"/get.php?username=anna&password={PASSWORD}&type=m3u_plus&output={output}")


@pytest.mark.usefixtures("source")
def test_by_direct_delivery_players_get_the_lists_own_address() -> None:
    assert playlist() == [ADDRESS]
    assert get_php("m3u8") == [ADDRESS]


@pytest.mark.usefixtures("source")
def test_output_ts_swaps_the_ending_of_a_direct_address() -> None:
    assert get_php("ts") == ["http://line.example.com:8080/news/index.ts?token=of-the-source"]


def test_an_address_with_another_ending_stays_as_it_is(source: Source) -> None:
    Channel.objects.filter(source=source).update(source_url="http://line.example.com/play/5?u=.m3u8")

    assert get_php("ts") == get_php("m3u8") == ["http://line.example.com/play/5?u=.m3u8"]


def test_by_restreaming_players_get_flussonics_address(source: Source, settings: Settings) -> None:
    settings.FLUSSONIC_STREAM_URL = "http://flussonic.example.com"
    restream(source)
    name = Channel.objects.get().stream_name

    assert playlist() == [f"http://flussonic.example.com/{name}/video.m3u8?token={TOKEN}"]
    assert "of-the-source" not in get(f"/live/{UP}/{Channel.objects.get().pk}.m3u8")["Location"]


@pytest.mark.usefixtures("source")
def test_xtream_players_are_led_to_the_lists_own_address() -> None:
    pk = Channel.objects.get().pk

    assert get(f"/live/{UP}/{pk}.m3u8")["Location"] == ADDRESS
    assert get(f"/{UP}/{pk}.ts")["Location"] == ADDRESS.replace(".m3u8", ".ts")


def test_xtream_players_are_led_to_addresses_with_other_letters(source: Source) -> None:
    Channel.objects.filter(source=source).update(source_url="http://bücher.example/имя.ts")
    pk = Channel.objects.get().pk

    assert get(f"/live/{UP}/{pk}.ts")["Location"] == "http://xn--bcher-kva.example/%D0%B8%D0%BC%D1%8F.ts"
    assert playlist() == ["http://xn--bcher-kva.example/%D0%B8%D0%BC%D1%8F.ts"]


@pytest.mark.usefixtures("source")
def test_an_address_of_a_list_has_no_archive() -> None:
    pk = Channel.objects.get().pk

    assert get(f"/timeshift/{UP}/60/2026-11-21:18-00/{pk}.ts").status_code == 404
    assert get(f"/live/{UP}/{pk}.m3u8?utc=1795284000").status_code == 404


def test_channels_of_an_inactive_source_are_delivered_nowhere(source: Source) -> None:
    pk = Channel.objects.get().pk
    Source.objects.filter(pk=source.pk).update(is_active=False)

    assert playlist() == get_php("m3u8") == []
    assert get(f"/live/{UP}/{pk}.m3u8").status_code == 404
    streams = get(f"/player_api.php?username=anna&password={PASSWORD}&action=get_live_streams")
    assert streams.json() == []
    assert states_of([TOKEN], now=timezone.now())[TOKEN].allowed_streams == ()


@pytest.mark.usefixtures("source")
def test_the_auth_service_is_told_of_channels_of_lists_like_of_any_other() -> None:
    assert list(states_of([TOKEN], now=timezone.now())[TOKEN].allowed_streams) == [Channel.objects.get().stream_name]


def test_players_get_the_new_address_as_soon_as_a_refresh_is_committed(source: Source) -> None:
    assert playlist() == [ADDRESS]
    imported(source, list_of(entry(1, "News", url=ADDRESS.replace("of-the-source", "another"))))

    assert playlist() == [ADDRESS.replace("of-the-source", "another")]


def test_a_channel_keeps_its_number_whatever_becomes_of_its_address(source: Source) -> None:
    before = Subscriber.objects.get().packages.get().channels.values_list("pk", flat=True)[0]
    imported(source, list_of(entry(1, "News", url="https://new.example.org/news/index.m3u8")))

    assert Channel.objects.get().pk == before
    assert get(f"/live/{UP}/{before}.m3u8")["Location"] == "https://new.example.org/news/index.m3u8"
