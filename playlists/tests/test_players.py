"""Requests of players go past what is for staff, and are as safe as theirs."""

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from playlists import urls
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


def views_of_players() -> list[URLPattern]:
    found: list[URLPattern] = []
    waiting: list[object] = list(urls.urlpatterns)
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, URLResolver):
            waiting += entry.url_patterns
        elif isinstance(entry, URLPattern):
            found.append(entry)
    return found


def test_every_view_of_this_app_is_one_for_players() -> None:
    views = views_of_players()

    assert len(views) > 15
    assert [str(view.pattern) for view in views if not getattr(view.callback, "for_players", False)] == []


def test_no_view_for_staff_is_one_for_players() -> None:
    others = [entry for entry in get_resolver().url_patterns if getattr(entry, "urlconf_module", None) is not urls]

    assert len(others) > 5
    assert not [entry for entry in others if getattr(getattr(entry, "callback", None), "for_players", False)]


def test_a_player_gets_no_session_no_cookie_and_no_policy_for_pages(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = Client()
    client.cookies[project.SESSION_COOKIE_NAME] = "somebody-elses"
    token = make_subscriber().token
    client.get(f"/playlist/{token}.m3u8")
    with django_assert_num_queries(1):
        answer = client.get(f"/playlist/{token}.m3u8")

    assert not answer.cookies
    assert "Content-Security-Policy" not in answer
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_request_to_another_host_is_refused(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["tv.example.com"]
    token = make_subscriber().token

    assert Client(headers={"host": "evil.example.com"}).get(f"/playlist/{token}.m3u8").status_code == 400
    assert Client(headers={"host": "tv.example.com"}).get(f"/playlist/{token}.m3u8").status_code == 200


def test_every_answer_tells_its_length() -> None:
    answer = Client().get("/playlist/nobodys-token.m3u8")

    assert int(answer["Content-Length"]) == len(answer.content)


def test_an_address_that_nobody_knows_is_told_so() -> None:
    assert Client().get("/playlist/").status_code == 404
    assert Client().get("/nothing/of/the/kind").status_code == 404
