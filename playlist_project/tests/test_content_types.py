"""What is left of a Content-Type before Django reads it."""

import pytest

from playlist_project.content_types import without_other_charset


@pytest.mark.parametrize(
    "told",
    [
        *("text/plain", "text/plain; charset=utf-8", 'text/plain;charset="UTF-8"', "application/json; charset=utf8"),
        *("multipart/form-data; boundary=a-b", "junk", ";", "a/b; x"),
    ],
)
def test_what_is_in_utf_8_or_says_nothing_of_it_stays(told: str) -> None:
    assert without_other_charset(told) == told


@pytest.mark.parametrize(
    ("told", "left"),
    [
        *(("text/plain; charset=hex", "text/plain"), ("text/plain;CHARSET=windows-1251", "text/plain")),
        *(('text/plain; charset="rot13"', "text/plain"), ("text/plain; charset", "text/plain")),
        ("multipart/form-data; boundary=a-b; charset=idna", 'multipart/form-data; boundary="a-b"'),
        (r'multipart/form-data; charset=hex; boundary="a\"b\\c"', r'multipart/form-data; boundary="a\"b\\c"'),
        *(("a/b; charset*=utf-8''hex", "a/b"), ("a/b; charset*0=he; charset*1=x", "a/b")),
        *(("a/b; x*=idna''%D0", "a/b"), ("a/b; x*1=a; x*=hex''b", "a/b")),
    ],
)
def test_another_charset_is_dropped_and_what_parsers_stumble_over(told: str, left: str) -> None:
    assert without_other_charset(told) == left
