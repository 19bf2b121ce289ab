"""English and Russian are complete: every text is marked, collected, translated and compiled, on every page."""

import gettext
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import lxml.html
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client
from pytest_django.asserts import assertContains

from channels.tests.factories import make_channel
from playlist_project.tests.admin_pages import addresses, make_rows, steps
from playlist_project.tests.sources import ROOT
from subscribers.tests.factories import make_subscriber

DOMAINS = ("django", "djangojs")
MESSAGES = ROOT / "locale/ru/LC_MESSAGES"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}")
SOURCES = ("catalog", "channels", "integrations", "playlist_project", "playlists", "subscribers", "templates")


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="ru")


def forms(text: object) -> list[str]:
    return list(text) if isinstance(text, list | tuple) else [str(text)]


def faults_of(message: Message) -> Iterator[str]:
    english, russian = forms(message.id), forms(message.string)
    if message.fuzzy or not all(russian):
        yield f"{english[0]!r} is not translated"
    # A form for one may say "one" in words.
    wanted = set(PLACEHOLDER.findall(english[-1]))
    for text in russian:
        found = set(PLACEHOLDER.findall(text))
        if found - wanted or (wanted - found and (len(russian) == 1 or text != russian[0])):
            yield f"{english[0]!r}: the placeholders of {text!r} are others"


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_text_has_a_translation_with_the_same_placeholders(domain: str) -> None:
    messages = [message for message in catalogue(MESSAGES / f"{domain}.po") if message.id]

    assert messages
    assert [fault for message in messages for fault in faults_of(message)] == []


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext is not installed: apt-get install gettext")
@pytest.mark.parametrize("domain", DOMAINS)
def test_the_catalogue_has_every_text_of_the_source_and_no_other(domain: str, tmp_path: Path) -> None:
    for name in SOURCES:
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "locale", tmp_path / "locale")
    command = [sys.executable, str(ROOT / "manage.py"), "makemessages", "--locale=ru", f"--domain={domain}"]
    subprocess.run([*command, "--symlinks", "--no-obsolete"], cwd=tmp_path, check=True, capture_output=True)

    def ids(path: Path) -> set[object]:
        return {(message.context, message.id) for message in catalogue(path) if message.id}

    kept = ids(MESSAGES / f"{domain}.po")
    assert ids(tmp_path / f"locale/ru/LC_MESSAGES/{domain}.po") == kept, "make messages, then translate what is new"


@pytest.mark.parametrize("domain", DOMAINS)
def test_what_is_compiled_is_what_is_written(domain: str) -> None:
    with (MESSAGES / f"{domain}.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    written: dict[object, str] = {}
    for message in catalogue(MESSAGES / f"{domain}.po"):
        english, russian = forms(message.id), forms(message.string)
        key = f"{message.context}\x04{english[0]}" if message.context else english[0]
        if len(russian) == 1:
            written[key] = russian[0]
        else:
            written.update(((key, number), text) for number, text in enumerate(russian))

    assert {key: text for key, text in compiled.items() if key} == {key: text for key, text in written.items() if key}


# What is no text of ours on a page: names, formats, settings and commands, and the rows that the test has made.
NO_TEXT = re.compile(
    r"""
    Playlist\ Service | Flussonic | Auth\ Service | TVG(\ ID)? | EPG(\ ID)? | CSV | API | URL | ID | UTF-8 | Excel
    | English | XMLTV | HLS | MPEG-TS | xmltv\.php | get\.php | gzip | xz | zip | (Lib)?VLC | hls | docs\/\w+\.md
    | JPEG | PNG | WebP | GIF | HD | SD | FHD | 4K | Authorization:\ Bearer | Ctrl | Cmd | Mac
    | https?://\S* | [A-Z]+(_[A-Z]+)+ | manage\.py\ \w+ | [a-z]+_[a-z_]+
    | Partner(\ with\ imports)? | M3U | tvg-\w+ | \#EXTINF\S* | partner-with-imports-\d+- | deleted\d+
    | \b(Channel|Group|Package|Tariff|Subscriber|Test|A|U|stream|clerk|role|tariff|package|group|Guide)[ -]?\d+\b
    | \bTest\b | True | False | argon2\w* | [\w/+.]{6}\*+ | [0-9a-f]{32} | Control | Command
    | UTF-16 | Windows-1251 | UTC | news
    | TiviMate | Android\ TV | \((one|two)\d+\) | alone
    | users\.csv | administrator | admin | billing | viewer | operator | It\ was\ down\.
    """,
    re.VERBOSE,
)
SHOWN = ("placeholder", "title", "aria-label", "alt", "data-busy")
NEVER_SHOWN = ("script", "style", "code", "pre", "noscript", "svg")


def texts_of(page: bytes) -> Iterator[str]:
    """Yield what people see or hear of a page."""
    html = lxml.html.fromstring(page.decode())
    for element in html.iter():
        if not isinstance(element.tag, str):
            continue
        yield from (element.get(name, "") for name in SHOWN)
        if element.tag == "input" and element.get("type") in ("submit", "button"):
            yield element.get("value", "")
        if element.tag not in NEVER_SHOWN and not any(parent.tag in NEVER_SHOWN for parent in element.iterancestors()):
            yield element.text or ""
        yield (
            element.tail or "" if element.getparent() is not None and element.getparent().tag not in NEVER_SHOWN else ""
        )


def foreign(page: bytes, letters: str) -> set[str]:
    """Return the texts of a page with words in other letters."""
    words = re.compile(rf"[{letters}]{{2,}}")
    return {text.strip() for text in texts_of(page) if words.search(NO_TEXT.sub("", text))}


@pytest.mark.django_db
@pytest.mark.usefixtures("flussonic", "auth_service")
@pytest.mark.parametrize(
    ("language", "letters"), [pytest.param("ru", "A-Za-z", id="ru"), pytest.param("en", "А-Яа-яЁё", id="en")]
)
def test_no_page_has_a_text_in_the_other_language(admin_client: Client, language: str, letters: str) -> None:
    make_rows(2)
    admin_client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    pages = {where: admin_client.get(where, follow=True) for where in addresses()}
    admin_client.handler.enforce_csrf_checks = True
    for where, fields in steps():
        token = {"csrfmiddlewaretoken": admin_client.cookies["csrftoken"].value}
        pages[f"{where} {fields}"] = admin_client.post(where, token | fields)

    assert [where for where, page in pages.items() if page.status_code == 302] == []
    found = {where: texts for where, page in pages.items() if (texts := foreign(page.content, letters))}
    assert {where: sorted(texts - {"Русский"}) for where, texts in found.items() if texts - {"Русский"}} == {}


@pytest.mark.django_db
def test_the_language_is_what_the_browser_asks_for_until_one_is_chosen(admin_client: Client) -> None:
    assertContains(admin_client.get("/admin/", headers={"accept-language": "ru"}), '<html lang="ru"')

    admin_client.post("/admin/language/", {"language": "en"})

    assertContains(admin_client.get("/admin/", headers={"accept-language": "ru"}), '<html lang="en"')


@pytest.mark.django_db
def test_messages_of_the_api_are_in_the_language_of_who_asks(admin_client: Client) -> None:
    address = f"/api/v1/channels/{make_channel().pk}/group"

    def message(language: str) -> str:
        headers = {"accept-language": language}
        answer = admin_client.patch(address, {}, content_type="application/json", headers=headers).json()
        return str(answer["error"]["fields"]["group_id"][0])

    assert message("en") == "This field is required."
    assert message("ru") == "Обязательное поле."


@pytest.mark.django_db
def test_playlists_and_the_description_of_the_api_are_the_same_in_every_language(client: Client) -> None:
    playlist = client.get(f"/playlist/{make_subscriber().token}.m3u8", headers={"accept-language": "ru"})
    schemas = {client.get("/api/v1/schema", headers={"accept-language": name}).content for name in ("en", "ru")}

    assert "Accept-Language" not in playlist.headers.get("Vary", "")
    assert "Content-Language" not in playlist.headers
    assert len(schemas) == 1


@pytest.mark.django_db
def test_the_scripts_have_their_words_before_the_login(client: Client) -> None:
    words = client.get("/admin/jsi18n/?language=ru", headers={"accept-language": "ru"})

    assertContains(words, json.dumps("Порядок сохранён.").strip('"'))
