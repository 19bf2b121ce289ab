"""By what an entry of a list is known again, and which addresses hold a login."""

import pytest

from channels.import_mapping import Attributes, address_key, holds_login, logo
from channels.m3u import ListEntry


@pytest.mark.parametrize(
    ("url", "key"),
    [
        pytest.param("http://h:8080/live/user/pass/101.ts", "/101", id="panel, MPEG-TS"),
        pytest.param("http://h:8080/live/user/pass/101.m3u8", "/101", id="panel, HLS"),
        pytest.param("http://h:8080/user/pass/101", "/101", id="panel, the short form"),
        pytest.param("http://h/live/user/pass/101.ts?token=x", "/101", id="panel, with a token"),
        pytest.param("http://h/movie/user/pass/101.mp4", "/movie/101", id="a film is no channel of that number"),
        pytest.param("http://h/series/user/pass/101.mkv", "/series/101", id="nor is a series"),
        pytest.param("https://user:pass@h/news/index.m3u8", "/news/index.m3u8", id="a login before the host"),
        pytest.param("http://h/news/index.m3u8?token=abc&q=1", "/news/index.m3u8?q=1", id="a token in the query"),
        pytest.param("http://h/play?id=5&username=a&password=b", "/play?id=5", id="a login in the query"),
        pytest.param("http://h/play?TOKEN=abc", "/play", id="in any case"),
        pytest.param("http://h/a/b/c/7.m3u8", "/a/b/c/7.m3u8", id="a path of its own"),
        pytest.param("http://h/a/b/news.m3u8", "/a/b/news.m3u8", id="no number, no panel"),
        pytest.param("udp://@239.1.1.1:1234", "239.1.1.1:1234", id="multicast is its host"),
        pytest.param("rtp://239.1.1.1:1234", "239.1.1.1:1234", id="RTP"),
        pytest.param("srt://h:9000?streamid=a", "h:9000?streamid=a", id="SRT"),
        pytest.param("srt://h:9000?passphrase=x&streamid=a", "h:9000?streamid=a", id="SRT with a password"),
        pytest.param("srt://h:9000?passphrase=x@y/z", "h:9000", id="SRT with nothing else"),
        pytest.param("HTTP://h:8080/live/user/pass/101.ts", "/101", id="panel, in capitals"),
        pytest.param("Http://user:pass@h/news/index.m3u8", "/news/index.m3u8", id="capitals"),
        pytest.param("http://h/?news", "/?news", id="a query alone"),
        pytest.param("http://h:8000/", "h:8000", id="a host alone"),
        pytest.param("http://h:8000", "h:8000", id="without a slash"),
        pytest.param("rtsp://user:pass@h/cam/1", "/cam/1", id="RTSP"),
    ],
)
def test_an_address_is_known_by_what_no_move_and_no_new_login_changes(url: str, key: str) -> None:
    assert address_key(url)[0] == key


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://h/live/user/pass/1.ts", True),
        ("http://user:pass@h/1.ts", True),
        ("http://h/a.m3u8?token=x", True),
        ("http://h/get.php?username=a&password=b", True),
        ("http://h/news/index.m3u8", False),
        ("http://h/play?id=5", False),
        ("HTTP://h/live/user/pass/1.ts", True),
        ("srt://h:9000?streamid=a&passphrase=x", True),
        ("http://user@h/1.ts", True),
        ("udp://239.1.1.1:1234", False),
        ("udp://@239.1.1.1:1234", False),
        ("http://h/news.m3u8?at=a@b", False),
        ("http://h?at=a@b", False),
    ],
)
def test_an_address_tells_whether_it_holds_a_login(url: str, expected: bool) -> None:
    assert holds_login(url) == expected


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        pytest.param("https://logo.example.com:8080/1.png?at=@", True, id="a picture"),
        pytest.param("http://logo.example.com", True, id="a host alone"),
        pytest.param("http://logo.example.com:65535/1.png", True, id="a high port"),
        pytest.param("http://[::1]/1.png", True, id="IPv6"),
        pytest.param("http://bücher.example/1.png", True, id="other letters"),
        pytest.param("http://anna:s3cret@logo.example.com/1.png", False, id="a login, which all would see"),
        pytest.param("http://anna@logo.example.com/1.png", False, id="a user name"),
        pytest.param("http://logo.example.com:80@evil.example/1.png", False, id="a login that looks like a host"),
        pytest.param("http://logo.example.com:99999/1.png", False, id="no port"),
        pytest.param("http:///1.png", False, id="no host"),
        pytest.param("http://[::1/1.png", False, id="half a host"),
        pytest.param("data:image/png;base64,AAAA", False, id="an image"),
    ],
)
def test_of_logos_those_are_kept_that_staff_could_enter_as_an_address(written: str, kept: bool) -> None:
    assert logo(written) == (written if kept else "")


def test_attributes_are_counted_with_a_sample_the_most_frequent_first() -> None:
    attributes = Attributes()
    for number in range(3):
        attributes.see(
            ListEntry(1, "", "", {"tvg-id": f"c{number}", "radio": "true" if number else "", "b": "x" * 500})
        )

    assert attributes.found() == [
        {"name": "b", "count": 3, "sample": "x" * 100},
        {"name": "tvg-id", "count": 3, "sample": "c0"},
        {"name": "radio", "count": 2, "sample": "true"},
    ]


def test_a_list_with_attributes_without_end_does_not_fill_the_memory() -> None:
    attributes = Attributes()
    for number in range(1_000):
        attributes.see(ListEntry(1, "", "", {f"a{number}": "1"}))

    assert len(attributes.found()) == 100
