"""The three ready roles: what each may do, and that a viewer is shown nothing else."""

import re
from importlib import import_module

import lxml.html
import pytest
from django.apps import apps
from django.contrib.admin import site
from django.contrib.auth.models import Group as Role
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django.asserts import assertContains

from catalog.tests.factories import make_package
from channels.models import Channel
from channels.tests.admin_steps import staff_client
from channels.tests.factories import make_channel
from integrations.models import SyncRun
from playlist_project.models import User
from playlist_project.tests.admin_pages import MODELS, address, addresses, make_rows, steps
from subscribers.models import Subscriber
from subscribers.tests.factories import make_subscriber

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_roles")]
# What is on every page for everybody.
FOR_ALL = {reverse("set_language"), reverse("admin:logout")}


@pytest.fixture
def _roles(db: None) -> None:
    """What the migration has made, and tests in a browser have swept away with all other rows."""
    import_module("playlist_project.migrations.0004_roles").make_roles(apps, None)
    import_module("playlist_project.migrations.0007_roles_for_players").extend_roles(apps, None)
    import_module("playlist_project.migrations.0008_roles_for_streams").extend_roles(apps, None)
    import_module("playlist_project.migrations.0009_roles_for_sources").extend_roles(apps, None)


def client_of(role: str) -> Client:
    clerk = User.objects.create_user(f"clerk-{role}", is_staff=True)
    clerk.groups.add(Role.objects.get(name=role))
    client = Client()
    client.force_login(clerk)
    return client


def may(role: str) -> set[str]:
    granted = Permission.objects.filter(group__name=role).select_related("content_type")
    return {f"{permission.content_type.app_label}.{permission.codename}" for permission in granted}


def test_each_role_may_all_that_the_one_below_may() -> None:
    assert set() < may("viewer") < may("operator") < may("administrator")


def test_a_viewer_may_look_and_nothing_else() -> None:
    assert all(".view_" in name for name in may("viewer"))
    assert "subscribers.view_token" not in may("viewer")


def test_who_sees_no_tokens_sees_no_activity_either() -> None:
    assert "subscribers.view_activity" not in may("viewer")
    assert "subscribers.view_activity" in may("operator")


def test_an_operator_keeps_channels_catalogue_and_users_but_no_staff() -> None:
    assert {"channels.change_channel", "catalog.delete_tariff", "subscribers.view_token"} <= may("operator")
    assert not any(name.startswith(("playlist_project.", "auth.")) for name in may("operator"))


def test_an_administrator_may_do_whatever_the_pages_offer() -> None:
    request = RequestFactory().get("/admin/")
    request.user = User.objects.create_superuser("owner")
    offered = {
        f"{model._meta.app_label}.{verb}_{model._meta.model_name}"
        for model in MODELS
        for verb in ("view", "add", "change", "delete")
        if getattr(site.get_model_admin(model), f"has_{verb}_permission")(request)
    }

    # Some models have no permissions of their own: who may change users may import them.
    known = {f"{p.content_type.app_label}.{p.codename}" for p in Permission.objects.select_related("content_type")}
    assert offered & known - may("administrator") == set()


def test_a_role_that_is_there_already_is_left_as_it_is() -> None:
    Role.objects.all().delete()
    own = Role.objects.create(name="viewer")

    call_command("migrate", "playlist_project", "0003", verbosity=0)
    call_command("migrate", verbosity=0)

    assert not own.permissions.exists()
    assert may("operator")


def forms_and_buttons(page: bytes) -> set[str]:
    """Return where the forms of a page that change something lead to, and the links that look like buttons."""
    html = lxml.html.fromstring(page.decode())
    forms = {form.get("action", "") for form in html.iter("form") if form.get("method") == "post"}
    links = {
        link.get("href")
        for link in html.iter("a")
        if re.search(r"/(add|delete|token|deliver|[a-z-]*password)/", link.get("href", ""))
    }
    return (forms | links) - FOR_ALL


def test_a_viewer_sees_no_button_that_he_may_not_press() -> None:
    make_rows(2)
    client = client_of("viewer")
    seen = {}
    for where in addresses():
        page = client.get(where, follow=True)
        if page.status_code == 200 and (found := forms_and_buttons(page.content) - {""}):
            seen[where] = found

    assert seen == {}


@pytest.mark.usefixtures("flussonic", "auth_service")
def test_a_viewer_is_asked_nothing_and_changes_nothing() -> None:
    make_rows(2)
    client = client_of("viewer")
    of_his_own = reverse("admin:password_change")
    answers = {f"{where} {fields}": client.post(where, fields) for where, fields in steps() if where != of_his_own}

    shown = {where: page.context for where, page in answers.items() if page.status_code == 200}
    assert [where for where, context in shown.items() if "cl" not in context] == []  # a list at most
    assert not SyncRun.objects.exclude(error="It was down.").exists()


def test_a_viewer_sees_no_token_anywhere() -> None:
    make_rows(2)
    tokens = list(Subscriber.objects.values_list("token", flat=True))
    client = client_of("viewer")
    pages = [
        *addresses(),
        *(f"/api/v1/users/{pk}" for pk in Subscriber.objects.values_list("pk", flat=True)),
        "/api/v1/users",
    ]

    assert [page for page in pages if any(token in client.get(page).content.decode() for token in tokens)] == []


@pytest.mark.parametrize(
    "where",
    [
        "subscribers/subscriber/?{lookup}",
        "subscribers/subscriber/export/?{lookup}",
        "subscribers/outboxentry/?{lookup}",
        "integrations/remotetoken/?{lookup}",
    ],
)
def test_a_viewer_cannot_guess_a_token_letter_by_letter(where: str) -> None:
    token = make_subscriber().token
    client = client_of("viewer")
    lookups = (f"token__startswith={token[:3]}", "token__startswith=no-such")

    answers = [client.get("/admin/" + where.format(lookup=lookup)) for lookup in lookups]

    assert [answer.status_code for answer in answers] == [answers[0].status_code] * 2
    assert answers[0].status_code in (302, 400)


def test_an_operator_sees_the_token_and_the_playlist() -> None:
    subscriber = make_subscriber()

    page = client_of("operator").get(address(Subscriber, "change", subscriber.pk)).content.decode()

    assert subscriber.token in page
    assert address(Subscriber, "playlist", subscriber.pk) in page


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("operator", 302)])
def test_an_operator_deletes_orphans_and_a_viewer_does_not(role: str, status: int) -> None:
    orphan = make_channel(sync_status=Channel.SyncStatus.ORPHANED)

    answer = client_of(role).post(address(Channel, "delete", orphan.pk), {"post": "yes"})

    assert answer.status_code == status
    assert Channel.objects.exists() == (role == "viewer")


def test_an_administrator_makes_no_superuser_of_anybody() -> None:
    client, clerk = client_of("administrator"), User.objects.create_user("olga", is_staff=True)
    values = {"username": "olga", "is_staff": "on", "is_active": "on", "is_superuser": "on"}

    client.post(address(User, "change", clerk.pk), values | dict.fromkeys(("last_login_0", "last_login_1"), ""))

    clerk.refresh_from_db()
    assert not clerk.is_superuser


@pytest.mark.parametrize("page", ["change", "delete", "password"])
def test_an_administrator_does_not_touch_a_superuser(page: str) -> None:
    owner = User.objects.create_superuser("owner", password="before")
    where = (
        reverse("admin:auth_user_password_change", args=[owner.pk])
        if page == "password"
        else address(User, page, owner.pk)
    )

    answer = client_of("administrator").post(
        where, {"post": "yes", "password1": "tkJ7-after", "password2": "tkJ7-after"}
    )

    assert answer.status_code == 403
    assert User.objects.get(pk=owner.pk).check_password("before")


def test_an_administrator_does_not_delete_superusers_among_others() -> None:
    owner = User.objects.create_superuser("owner")
    data = {"action": "delete_selected", "_selected_action": [owner.pk], "post": "yes"}

    client_of("administrator").post(address(User, "changelist"), data)

    assert User.objects.filter(pk=owner.pk).exists()


def test_deleting_a_role_tells_how_many_lose_it(admin_client: Client) -> None:
    client_of("viewer")

    page = admin_client.get(address(Role, "delete", Role.objects.get(name="viewer").pk))

    assertContains(page, "Staff accounts that lose a role: 1")


def test_the_permissions_to_choose_from_are_those_of_pages(admin_client: Client) -> None:
    make_package()
    page = admin_client.get("/admin/auth/group/add/")

    names = [name for _, name in page.context["adminform"].form.fields["permissions"].choices]
    assert "Package: change" in names
    assert "Subscriber: see tokens and playlists" in names
    assert not any("access attempt" in name or "session" in name for name in names)


def test_saving_a_role_keeps_permissions_that_have_no_page(admin_client: Client) -> None:
    role = Role.objects.create(name="own")
    hidden = Permission.objects.get(codename="view_session")
    role.permissions.add(hidden)
    form = admin_client.get(address(Role, "change", role.pk)).context["adminform"].form

    admin_client.post(
        address(Role, "change", role.pk),
        {"name": "renamed", "permissions": [permission.pk for permission in form.initial["permissions"]]},
    )

    assert list(Role.objects.get(name="renamed").permissions.all()) == [hidden]


def test_who_may_only_see_channels_is_led_nowhere_else_by_the_front_page() -> None:
    make_rows(2)
    page = staff_client("view_channel").get("/admin/").content.decode()

    assert 'id="auth-service"' not in page
    assert "outboxentry" not in page


def test_packages_and_tariffs_are_in_the_bar_for_who_may_see_either() -> None:
    bar = staff_client("view_tariff").get("/admin/").context["bar"]

    assert [str(entry["title"]) for entry in bar] == ["Dashboard", "Packages & Tariffs"]


def test_a_new_account_with_a_role_can_log_in(admin_client: Client) -> None:
    values = {"username": "vera", "usable_password": "true", "password1": "tkJ7-secret", "password2": "tkJ7-secret"}
    admin_client.post(address(User, "add"), values)
    User.objects.get(username="vera").groups.add(Role.objects.get(name="viewer"))

    answer = Client().post("/admin/login/", {"username": "vera", "password": "tkJ7-secret"})

    assert answer.status_code == 302
