"""What is shown of texts out of lists."""

import pytest

from channels.masking import masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("News, at ten", "News, at ten"),
        ("http://line.example.com:8080/live/anna/s3cret/1.ts", "http://line.example.com:8080/…"),
        ("http://anna:s3cret@logo.example.com/1.png", "http://logo.example.com/…"),
        ("http://line.example.com/anna/s3cret/1.png", "http://line.example.com/…"),
        ("see HTTP://h/u/s3cret and rtsp://u:s3cret@h2/2", "http://h/… rtsp://h2/…"),
        ("token s3cret of http://h/1", "http://h/…"),
        ("http://anna:s3cret@[::1/x", "…"),
        ("/live/anna/s3cret/1.ts", "…"),
        ("username=anna password=s3cret", "…"),
        ("anna:s3cret", "…"),
        ("anna@line", "…"),
        ("http:/line.example.com/s3cret", "…"),
    ],
)
def test_of_what_may_be_an_address_the_origin_alone_is_shown(text: str, shown: str) -> None:
    assert masked(text) == shown
