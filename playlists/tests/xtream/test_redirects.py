"""From the addresses of Xtream players to Flussonic's: live and from the archive."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel, Source
from channels.tests.factories import make_channel
from playlists.tests.xtream.players import PASSWORD, make_player, make_programme

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
SIX = 1795284000  # 2026-11-21 18:00 UTC
FLUSSONIC = "http://stream.example.com:8085/news"
TOKEN = "QeHUZDtsuc56bX69kLWk9Q"
AT = "2026-11-21:18-00"
UP = f"anna/{PASSWORD}"


@pytest.fixture
def channel() -> Channel:
    channel = make_channel(stream_name="news", tvg_id="news", catchup_days=7)
    make_player(channels=[channel], token=TOKEN)
    return channel


def answer(path: str, method: str = "get", **headers: str) -> Any:
    with time_machine.travel(NOW, tick=False):
        return getattr(Client(headers=headers), method)(path)


def target(path: str) -> str:
    """Return where a path leads, below the stream's own address and without the token."""
    response = answer(path)
    assert (response.status_code, response["Cache-Control"]) == (302, "no-store"), path
    assert response["Location"].startswith(f"{FLUSSONIC}/")
    assert response["Location"].endswith(f"?token={TOKEN}")
    return str(response["Location"].removeprefix(f"{FLUSSONIC}/").partition("?")[0])


@pytest.mark.parametrize(
    ("form", "leads_to"),
    [
        ("/live/{up}/{id}.m3u8", "video.m3u8"),
        ("/live/{up}/{id}.ts", "mpegts"),
        ("/live/{up}/{id}", "mpegts"),
        ("/{up}/{id}.m3u8", "video.m3u8"),
        ("/{up}/{id}.ts", "mpegts"),
        ("/{up}/{id}", "mpegts"),
    ],
)
def test_every_form_of_a_live_address_leads_to_the_stream(channel: Channel, form: str, leads_to: str) -> None:
    assert target(form.format(up=UP, id=channel.pk)) == leads_to


@pytest.mark.parametrize("form", ["/live/{up}/{id}{ending}", "/{up}/{id}{ending}"])
@pytest.mark.parametrize(
    ("ending", "leads_to"),
    [
        (".m3u8", f"archive-{SIX}-now.m3u8"),
        (".ts", f"timeshift_abs-{SIX}.ts"),
        ("", f"timeshift_abs-{SIX}.ts"),
    ],
)
@pytest.mark.parametrize("query", [f"utc={SIX}", f"utc={SIX}&lutc={SIX + 14400}", f"utc={SIX}&dur=%7Bduration%7D"])
def test_every_live_address_leads_into_the_archive_by_utc(
    channel: Channel, form: str, ending: str, leads_to: str, query: str
) -> None:
    assert target(f"{form.format(up=UP, id=channel.pk, ending=ending)}?{query}") == leads_to


@pytest.mark.parametrize(
    ("start", "stop", "seconds"),
    [
        pytest.param(SIX, SIX + 3600, "3600", id="over"),
        pytest.param(SIX - 600, SIX + 3600, "3600", id="from the middle of it"),
        pytest.param(SIX, int(NOW.timestamp()), "14400", id="over just now"),
        pytest.param(SIX, int(NOW.timestamp()) + 1, "now", id="running"),
        pytest.param(SIX - 3600, SIX, "now", id="over when this begins"),
        pytest.param(SIX + 60, SIX + 3600, "now", id="not begun then"),
    ],
)
def test_a_programme_that_is_over_plays_to_its_end(channel: Channel, start: int, stop: int, seconds: str) -> None:
    make_programme(channel, datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(stop, UTC))

    assert target(f"/live/{UP}/{channel.pk}.m3u8?utc={SIX}") == f"archive-{SIX}-{seconds}.m3u8"


@pytest.mark.parametrize(
    ("end", "seconds"),
    [
        *((SIX + 1800, "1800"), (SIX + 9 * 3600, "now"), (SIX, "now"), (SIX - 5, "now")),
        *(("{utcend}", "now"), ("%7Butcend%7D", "now"), ("", "now")),
    ],
)
def test_an_end_that_a_player_names_counts(channel: Channel, end: object, seconds: str) -> None:
    assert target(f"/live/{UP}/{channel.pk}.m3u8?utc={SIX}&utcend={end}") == f"archive-{SIX}-{seconds}.m3u8"


@pytest.mark.parametrize("junk", ["utc=", "utc=%7Butc%7D", "utc=now", "utc=-5", "utc=1.5", "a=b&a=c", "%00=%ff"])
def test_what_a_player_has_not_filled_in_is_passed_over(channel: Channel, junk: str) -> None:
    assert target(f"/live/{UP}/{channel.pk}.m3u8?{junk}") == "video.m3u8"


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("{id}-timeshift_rel-14400.m3u8", f"archive-{SIX}-now.m3u8"),
        ("{id}-timeshift_rel-14400.ts", f"timeshift_abs-{SIX}.ts"),
        (f"{{id}}-timeshift_abs-{SIX}.m3u8", f"archive-{SIX}-now.m3u8"),
        (f"{{id}}-timeshift_abs-{SIX}.ts", f"timeshift_abs-{SIX}.ts"),
    ],
)
def test_what_kodi_makes_of_an_address_that_it_takes_for_flussonics_works_too(
    channel: Channel, path: str, leads_to: str
) -> None:
    assert target(f"/live/{UP}/{path.format(id=channel.pk)}") == leads_to


@pytest.mark.parametrize(
    "start", [AT, f"{AT}-00", "2026-11-21:18:00:00", "2026-11-21_18-00", "2026-11-21%2018:00", "20261121-18", SIX]
)
@pytest.mark.parametrize(
    ("ending", "leads_to"),
    [(".m3u8", f"archive-{SIX}-3900.m3u8"), (".ts", f"timeshift_abs-{SIX}.ts"), ("", f"timeshift_abs-{SIX}.ts")],
)
def test_every_form_of_an_address_of_the_archive_leads_there(
    channel: Channel, start: object, ending: str, leads_to: str
) -> None:
    assert target(f"/timeshift/{UP}/60/{start}/{channel.pk}{ending}") == leads_to


@pytest.mark.parametrize("script", ["/streaming/timeshift.php", "/timeshift.php"])
@pytest.mark.parametrize(
    ("extension", "leads_to"),
    [
        ("&extension=m3u8", f"archive-{SIX}-3900.m3u8"),
        ("&extension=ts", f"timeshift_abs-{SIX}.ts"),
        ("", f"timeshift_abs-{SIX}.ts"),
    ],
)
@pytest.mark.parametrize("start", [AT, "2026-11-21 18:00:00", "2026-11-21+18:00:00", "2026-11-21%3A18-00"])
def test_the_script_of_the_archive_leads_there(
    channel: Channel, script: str, extension: str, leads_to: str, start: str
) -> None:
    query = f"username=anna&password={PASSWORD}&stream={channel.pk}&start={start}&duration=60{extension}"

    assert target(f"{script}?{query}") == leads_to


@pytest.mark.parametrize(
    ("duration", "programme", "seconds"),
    [
        pytest.param("60", None, "3900", id="minutes, and five more"),
        pytest.param("60", 30, "3900", id="what is asked for, whatever the guide says"),
        pytest.param("235", None, "14400", id="up to this moment"),
        pytest.param("236", None, "now", id="past this moment"),
        pytest.param("100000", None, "now", id="far too long"),
        pytest.param("0", 90, "5700", id="by the guide"),
        pytest.param("junk", 90, "5700", id="junk, by the guide"),
        pytest.param("%7Bduration%7D", 90, "5700", id="a placeholder, by the guide"),
        pytest.param("0", None, "7500", id="two hours where the guide is silent"),
    ],
)
def test_the_length_is_in_minutes(channel: Channel, duration: str, programme: int | None, seconds: str) -> None:
    if programme:
        start = datetime.fromtimestamp(SIX, UTC)
        make_programme(channel, start, start + timedelta(minutes=programme))

    assert target(f"/timeshift/{UP}/{duration}/{AT}/{channel.pk}.m3u8") == f"archive-{SIX}-{seconds}.m3u8"


def test_no_length_is_longer_than_eight_hours(channel: Channel) -> None:
    assert target(f"/timeshift/{UP}/9999/2026-11-20:18-00/{channel.pk}.m3u8") == f"archive-{SIX - 86400}-29100.m3u8"


@pytest.mark.parametrize(
    ("seconds", "status"), [(0, 302), (7 * 86400, 302), (7 * 86400 + 1, 404), (-1, 404), (10**9, 404)]
)
def test_only_what_the_archive_keeps_can_be_played(channel: Channel, seconds: int, status: int) -> None:
    start = int(NOW.timestamp()) - seconds
    paths = (
        f"/live/{UP}/{channel.pk}.m3u8?utc={start}",
        f"/live/{UP}/{channel.pk}.ts?utc={start}",
        f"/live/{UP}/{channel.pk}-timeshift_abs-{start}.ts",
    )

    assert [answer(path).status_code for path in paths] == [status] * 3


@pytest.mark.parametrize("days", [None, 0])
def test_a_channel_without_an_archive_has_no_past(channel: Channel, days: int | None) -> None:
    Channel.objects.update(catchup_days=days)

    assert answer(f"/live/{UP}/{channel.pk}.m3u8?utc={SIX}").status_code == 404


def test_an_archive_of_any_length_is_no_error(channel: Channel) -> None:
    Channel.objects.update(catchup_days=2_000_000_000)

    assert target(f"/live/{UP}/{channel.pk}.ts?utc={SIX}") == f"timeshift_abs-{SIX}.ts"


@pytest.mark.parametrize(
    "path",
    [
        *("/live/{up}/{id}.mp4", "/live/{up}/x.m3u8", "/live/{up}/{id}.m3u8.ts", "/live/{up}/9999999999.ts"),
        *("/{up}/{id}.mpd", "/{up}/99999999999999999999", "/{up}/0.ts", "/live/{up}/{id}-timeshift_rel-x.m3u8"),
        *("/timeshift/{up}/60/yesterday/{id}.ts", "/timeshift/{up}/60/2026-11-21:18-00/{id}.mp4"),
        *("/timeshift/{up}/60/2026-11-21:18-00/x.ts", "/timeshift.php?username=anna&password={pw}&stream={id}"),
        "/timeshift.php?username=anna&password={pw}&stream={id}&start=2026-11-21:18-00&extension=mkv",
        *("/movie/{up}/{id}.mp4", "/series/{up}/{id}.mkv", "/movie/{up}/x"),
    ],
)
def test_what_is_no_stream_is_not_found(channel: Channel, path: str) -> None:
    response = answer(path.format(up=UP, id=channel.pk, pw=PASSWORD))

    assert (response.status_code, response["Content-Type"]) == (404, "text/plain; charset=utf-8")


def test_a_channel_that_is_not_held_is_not_found_like_one_that_is_not_there(channel: Channel) -> None:
    foreign = answer(f"/live/{UP}/{make_channel().pk}.m3u8")
    unknown = answer(f"/live/{UP}/2000000000.m3u8")

    assert foreign.status_code == unknown.status_code == 404
    assert (foreign.headers, foreign.content) == (unknown.headers, unknown.content)


@pytest.mark.parametrize("switch", ["channel", "source"])
def test_what_is_switched_off_is_not_found(channel: Channel, switch: str) -> None:
    rows: Any = Channel.objects if switch == "channel" else Source.objects
    rows.update(is_active=False)

    assert answer(f"/live/{UP}/{channel.pk}.m3u8").status_code == 404


def test_channels_of_packages_and_tariffs_can_be_opened() -> None:
    by_package, by_tariff = make_channel(), make_channel()
    make_player(
        packages=[make_package(channels=[by_package])],
        tariffs=[make_tariff(packages=[make_package(channels=[by_tariff])])],
    )

    assert [answer(f"/{UP}/{channel.pk}").status_code for channel in (by_package, by_tariff)] == [302, 302]


@pytest.mark.parametrize(
    "fields",
    [{"status": "disabled"}, {"valid_until": NOW}, {"valid_from": NOW + timedelta(seconds=1)}],
    ids=["disabled", "lapsed", "not yet valid"],
)
def test_who_may_not_watch_is_told_so(channel: Channel, fields: dict[str, Any]) -> None:
    channel.subscribers.update(**fields)

    assert answer(f"/live/{UP}/{channel.pk}.m3u8").status_code == 403


@pytest.mark.parametrize("who", ["anna/wrong", f"nobody/{PASSWORD}"])
@pytest.mark.parametrize("form", ["/live/{who}/{id}.ts", "/{who}/{id}", "/timeshift/{who}/60/2026-11-21:18-00/{id}.ts"])
def test_with_wrong_credentials_no_stream_opens(channel: Channel, who: str, form: str) -> None:
    response = answer(form.format(who=who, id=channel.pk))

    assert (response.status_code, response.content) == (401, b"Wrong user name or password.\n")


@pytest.mark.parametrize(
    ("path", "queries"), [("{id}.m3u8", 2), ("{id}.ts?utc=1795284000", 2), ("{id}.m3u8?utc=1795284000", 3)]
)
def test_a_redirect_takes_two_queries_and_one_more_where_the_guide_is_asked(
    channel: Channel, django_assert_num_queries: DjangoAssertNumQueries, path: str, queries: int
) -> None:
    with django_assert_num_queries(queries):
        assert answer(f"/live/{UP}/{path.format(id=channel.pk)}").status_code == 302
