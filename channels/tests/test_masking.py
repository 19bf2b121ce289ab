"""What is shown of texts that may hold a login."""

import pytest

from channels.masking import masked, masked_sample, masked_value


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("News", "News"),
        ("http://line.example.com/1.png?token=x", "http://line.example.com/…"),
        ("HTTP://line.example.com:8080/u/p/1", "http://line.example.com:8080/…"),
        ("http://[::1]:80/u/p/1", "http://[::1]:80/…"),
        ("http://anna:pass@line.example.com/1", "http://line.example.com/…"),
        ("see rtsp://u:p@h/2 with key=x", "rtsp://h/…"),
        ("line.example.com/live/anna/pass/2.ts", "…"),
        ("http:/line/live/anna/pass/2.ts", "…"),
        ("http%3A%2F%2Fline%2Fanna%2Fpass", "…"),
        ("line\\anna\\pass", "…"),
        ("rtmpe://h/live playpath=x token=pass", "rtmpe://h/…"),
        ("rtmpe://h/an'na/pass", "rtmpe://h/…"),
        ("token=pass://h/", "…"),
        ("http://anna:pass@[::1/x", "…"),
        ("http://anna:12/pass@h/x", "…"),
        ("http://anna pass@h/x", "…"),
        ("http://line,pass/x", "…"),
    ],
)
def test_of_an_address_the_origin_alone_is_shown(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    ("name", "sample", "shown"),
    [
        ("tvg-name", "News: live", "News: live"),
        ("group-title", "a@b", "a@b"),
        ("group-title", "News/Sport", "…"),
        ("radio", "true", "true"),
        ("tvg-logo", "http://h/anna/pass.png", "http://h/…"),
        ("tvg-url", "http://h/anna/pass", "http://h/…"),
        ("x-kind", "hd", "hd"),
        ("x-kind", "anna:pass", "…"),
        ("x-password", "pass", "…"),
    ],
)
def test_examples_of_attributes_are_shown_where_they_are_harmless(name: str, sample: str, shown: str) -> None:
    assert masked_sample(name, sample) == shown


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("display_name", "24/7 News: live", "24/7 News: live"),
        ("group", "http://h/anna/pass", "http://h/…"),
        ("tvg_logo", "http://h/1.png", "http://h/1.png"),
        ("tvg_logo", "http://anna:pass@h/1.png", "http://h/…"),
        ("tvg_logo", "http://h/1.png?token=pass", "http://h/…"),
        ("tvg_logo", "/logos/anna/pass.png", "…"),
        ("tvg_logo", "", ""),
    ],
)
def test_names_and_pictures_are_shown_as_they_are(field: str, value: str, shown: str) -> None:
    assert masked_value(field, value) == shown
