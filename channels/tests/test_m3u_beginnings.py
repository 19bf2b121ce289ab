"""What servers send instead of lists."""

import pytest

from channels.m3u import ListEntry, What
from channels.tests.m3u_lists import found_in, what_of


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param("<!DOCTYPE html>\n<html><body>Log in", What.HTML, id="HTML"),
        pytest.param("\ufeff\n\n  <!doctype HTML>", What.HTML, id="HTML behind blank lines and a mark"),
        pytest.param("<HTML>\n<pre>\n#EXTINF:-1,A\nhttp://e.com/a", What.HTML, id="HTML about lists"),
        pytest.param("<!-- x -->\n<html>", What.HTML, id="HTML behind a comment"),
        pytest.param('<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">', What.HTML, id="XHTML"),
        pytest.param('<?xml version="1.0"?>\n<tv></tv>', What.XML, id="XML"),
        pytest.param("<playlist/>", What.XML, id="XML without a declaration"),
        pytest.param('{"user_info":{"auth":0}}', What.JSON, id="JSON object"),
        pytest.param('{\n "a": 1}', What.JSON, id="JSON in lines"),
        pytest.param("[]", What.JSON, id="empty JSON list"),
        pytest.param(' [{"name": "http://e.com"}]', What.JSON, id="JSON list"),
        pytest.param("null", What.JSON, id="JSON null"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), What.BINARY, id="image"),
        pytest.param(b"%PDF-1.4\n%text", What.BINARY, id="PDF"),
        pytest.param(b"PK\x03\x04" + bytes(100), What.BINARY, id="archive"),
        pytest.param(b"\x1f\x8b\x08" + bytes(range(256)) * 9, What.BINARY, id="gzip"),
        pytest.param((b"G\x40\x11\x10\0" + b"\xff" * 183) * 99, What.BINARY, id="MPEG-TS"),
        pytest.param("", What.EMPTY, id="nothing"),
        pytest.param("\ufeff\r\n \n\t\0\n", What.EMPTY, id="nothing but spaces"),
        pytest.param("\n" * 10_000, What.EMPTY, id="many empty lines"),
        pytest.param(
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXTINF:6.006,\nhttp://e.com/1.ts\n#EXT-X-ENDLIST",
            What.HLS,
            id="HLS of one quality",
        ),
        pytest.param(
            '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1"\nhttp://e.com/1.m3u8', What.HLS, id="HLS of several"
        ),
        pytest.param("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:0.5,\n1.ts", What.HLS, id="HLS of short segments"),
        pytest.param("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:0", What.HLS, id="HLS without segments"),
    ],
)
def test_what_is_no_list_is_told(text: str | bytes, what: What) -> None:
    assert what_of(text) == what


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("#EXTM3U\n#EXT-X-STREAM-INF:1\n#EXTINF:-1,A\nhttp://e.com/1.m3u8", id="a tag of HLS"),
        pytest.param('#EXT-X-TARGETDURATION:6\n#EXTINF:5 tvg-id="1",A\nhttp://e.com/1', id="with attributes"),
        pytest.param("#EXT-X-TARGETDURATION:6\n#EXTINF:0,A\nhttp://e.com/1", id="with duration 0"),
        pytest.param("#EXTM3U\n#EXTINF:5,A\nhttp://e.com/1", id="durations alone"),
        pytest.param("<br />\n<b>Warning</b>: x\n#EXTM3U\n#EXTINF:-1,A\nhttp://e.com/1", id="a warning before it"),
        pytest.param("{comment}\n#EXTINF:-1,A\nhttp://e.com/1", id="a bracket before it"),
        pytest.param("#EXTINF:-1,[A]\nhttp://e.com/1", id="a bracket in it"),
        pytest.param("http://e.com/1\0", id="a URL and a control letter"),
        pytest.param("[playlist]\nhttp://e.com/1", id="a heading"),
        pytest.param("\n" * 10_000 + "#EXTM3U\n#EXTINF:-1,A\nhttp://e.com/1", id="many empty lines before it"),
    ],
)
def test_odd_lists_are_lists(text: str) -> None:
    assert next(found for found in found_in(text) if isinstance(found, ListEntry)).url[:14] == "http://e.com/1"


def test_a_header_alone_is_a_list_of_no_channels() -> None:
    assert found_in("#EXTM3U\n") == []
