"""By what an entry of a list is known again."""

import pytest

from channels.models import Channel, Source
from channels.tests.lists import HOST, entry, imported, list_of, make_list_source, only

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Source:
    return make_list_source(name="Town")


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://other.example.org/live/user/secret/7.ts", id="another host"),
        pytest.param(f"{HOST}/live/somebody/else/7.ts", id="another login"),
        pytest.param("https://u:p@line.example.com/live/user/secret/7.m3u8", id="HTTPS, a login before the host, HLS"),
        pytest.param(f"{HOST}/user/secret/7", id="the short form of a panel"),
    ],
)
def test_a_changed_host_or_login_updates_the_channel_instead_of_doubling_it(source: Source, url: str) -> None:
    imported(source, list_of(entry(7)))
    before = only(source)

    counts = imported(source, list_of(entry(7, url=url)))

    assert (counts.added, counts.changed, counts.gone) == (0, 1, 0)
    after = only(source)
    assert (after.pk, after.stream_name, after.source_url) == (before.pk, before.stream_name, url)


def test_a_token_in_the_query_is_no_part_of_what_a_channel_is_known_by(source: Source) -> None:
    imported(source, list_of(entry(1, url=f"{HOST}/play?id=5&token=one"), entry(2, url=f"{HOST}/play?id=6&token=one")))
    counts = imported(
        source, list_of(entry(1, url=f"{HOST}/play?id=5&token=two"), entry(2, url=f"{HOST}/play?id=6&token=two"))
    )

    assert (counts.added, counts.changed, Channel.objects.count()) == (0, 2, 2)


def test_paths_that_look_like_logins_stay_apart(source: Source) -> None:
    paths = {"Sport": "sport/hd/1", "News": "news/hd/1", "Kids": "kids/hd/1"}
    whole = [entry(number, name, url=f"{HOST}/{path}.m3u8") for number, (name, path) in enumerate(paths.items())]
    imported(source, list_of(*whole))
    before = dict(Channel.objects.values_list("display_name", "pk"))
    counts = imported(source, list_of(*whole[1:]))

    assert (counts.added, counts.changed, counts.gone) == (0, 0, 1)
    assert dict(Channel.objects.synced().values_list("display_name", "pk")) == {
        name: pk for name, pk in before.items() if name != "Sport"
    }


@pytest.mark.parametrize("identity", ["tvg_id", "name"])
def test_another_mapping_makes_no_other_channels(identity: str) -> None:
    source = make_list_source(identity=identity)
    content = list_of(*(entry(number, tvg_id=f"t{number}", channel_id=f"c{number}", tvg_name="N") for number in (1, 2)))
    imported(source, content)
    counts = imported(source, content, mapping={"display_name": "channel-id", "tvg_id": "channel-id"})

    assert (counts.added, counts.changed, counts.gone) == (0, 2, 0)


def test_the_same_address_twice_makes_two_channels_that_stay_apart(source: Source) -> None:
    twice = list_of(entry(1, "First", url=f"{HOST}/a"), entry(2, "Second", url=f"{HOST}/a"))
    imported(source, twice)
    before = dict(Channel.objects.values_list("display_name", "stream_name"))
    counts = imported(source, twice)

    assert (counts.added, counts.changed, counts.gone) == (0, 0, 0)
    assert len(set(before.values())) == 2
    assert dict(Channel.objects.values_list("display_name", "stream_name")) == before


def test_a_source_may_know_its_channels_by_tvg_id_or_name() -> None:
    for identity, attributes in (("tvg_id", {"tvg_id": "one"}), ("name", {})):
        source = make_list_source(identity=identity)
        imported(source, list_of(entry(1, "One", **attributes)))
        counts = imported(source, list_of(entry(99, "One", **attributes)))
        assert (counts.added, counts.changed) == (0, 1)


def test_without_a_tvg_id_the_address_decides() -> None:
    source = make_list_source(identity="tvg_id")
    imported(source, list_of(entry(1, "A"), entry(2, "B")))

    assert imported(source, list_of(entry(2, "B"), entry(1, "A"))).changed == 0


def test_two_sources_with_the_same_list_have_channels_of_their_own() -> None:
    one, two = make_list_source(name="Same"), make_list_source(name="SAME!")
    for source in (one, two):
        imported(source, list_of(entry(1)))

    assert only(one).stream_name != only(two).stream_name
