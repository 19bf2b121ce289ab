"""The addresses that players get."""

import pytest
from pytest_django.fixtures import Settings

from playlists.links import direct_url, logo_url, stream_url, token_query

NEWS = "%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8"
NAME = "%D0%B8%D0%BC%D1%8F"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("OTR", "OTR"),
        ("radio/low-tide_2.hd~1", "radio/low-tide_2.hd~1"),
        ("market bell", "market%20bell"),
        ("белая-вежа", "%D0%B1%D0%B5%D0%BB%D0%B0%D1%8F-%D0%B2%D0%B5%D0%B6%D0%B0"),
        ('a,"b"', "a%2C%22b%22"),
        ("a?b#c&d=e%f+g", "a%3Fb%23c%26d%3De%25f%2Bg"),
        ("arena-one@edge2", "arena-one%40edge2"),
        ("a\nb", "a%0Ab"),
        ("📺", "%F0%9F%93%BA"),
    ],
)
def test_a_stream_keeps_its_slashes_and_nothing_else_that_needs_encoding(name: str, path: str) -> None:
    assert (
        stream_url("http://tv.example.com:8085", name, "token=T")
        == f"http://tv.example.com:8085/{path}/video.m3u8?token=T"
    )


def test_the_key_of_the_token_is_a_setting(settings: Settings) -> None:
    settings.FLUSSONIC_TOKEN_KEY = "key"

    assert token_query("T-1_x") == "key=T-1_x"


def test_a_logo_that_is_an_address_is_that_address() -> None:
    assert logo_url("https://tv.example.com", 7, "https://e.com/a.png") == "https://e.com/a.png"


def test_a_logo_that_is_an_image_is_served_here_under_its_hash() -> None:
    assert logo_url("https://tv.example.com", 7, "0a1b") == "https://tv.example.com/logos/7.png?v=0a1b"


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("http://tv.example.com/a%20b,c.ts?q=[1]|2", "http://tv.example.com/a%20b,c.ts?q=[1]|2"),
        ("http://tv.example.com/новости/1.m3u8?имя=a%20b", f"http://tv.example.com/{NEWS}/1.m3u8?{NAME}=a%20b"),
        ("http://bücher.example:8080/1.ts", "http://xn--bcher-kva.example:8080/1.ts"),
        ("http://имя:p@bücher.example/1.ts", f"http://{NAME}:p@xn--bcher-kva.example/1.ts"),
        ("http://[::1]:80/имя", f"http://[::1]:80/{NAME}"),
        ("udp://@bücher.example:1234", "udp://@xn--bcher-kva.example:1234"),
        ("http://ü..example/1.ts", "http://%C3%BC..example/1.ts"),
    ],
)
def test_an_address_of_a_list_is_sent_in_ascii(address: str, sent: str) -> None:
    assert direct_url(address) == sent


def test_output_ts_swaps_the_ending_of_an_address_with_other_letters() -> None:
    assert direct_url("http://tv.example.com/новости.m3u8?q=1", "ts") == f"http://tv.example.com/{NEWS}.ts?q=1"
