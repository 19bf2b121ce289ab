"""The demo's staff account, catalogue and subscribers, made once and kept from run to run.

Import it after ``django.setup()``.
"""

import base64
import io
import secrets
from datetime import timedelta
from itertools import count
from pathlib import Path

from django.contrib.auth import get_user_model
from django.utils import timezone
from PIL import Image, ImageDraw

from catalog.models import Package, Tariff
from channels.models import Channel, Group, next_position
from demo.catalogue import GROUPS
from subscribers.models import Subscriber

ADMIN = "admin"
COLOURS = ("#1f6f8b", "#8b1f3a", "#3a8b1f", "#8b6b1f", "#5a1f8b", "#1f8b6f")
PACKAGES = {
    "Basic": ("News", "Регионы"),
    "Sport": ("Sport",),
    "Films and music": ("Films", "Music"),
    "Family": ("Kids", "Music"),
}
TARIFFS = {"Start": ("Basic",), "Home": ("Basic", "Family"), "Premium": ("Basic", "Sport", "Films and music")}


def seed_staff(password_file: Path) -> str:
    """Return the password of the staff account, made at random on the first run and kept in the file."""
    if not password_file.exists():
        password_file.touch(mode=0o600)
        password_file.write_text(secrets.token_urlsafe(9))
    password = password_file.read_text()
    users = get_user_model().objects
    if not users.filter(username=ADMIN).exists():
        users.create_superuser(ADMIN, password=password)
    return password


def seed_catalogue() -> None:
    """Sort the synced channels into groups, packages and tariffs, and sign up the subscribers; once."""
    if Subscriber.objects.exists():
        return
    position = count(1)
    for number, (name, streams) in enumerate(GROUPS):
        group = Group.objects.create(name=name, sort_order=next_position(Group))
        for stream in streams:
            logo = _logo(name, COLOURS[number % len(COLOURS)]) if stream.isalnum() else None
            tvg_id = f"{stream}.demo" if stream.isascii() and stream.isalnum() else None
            Channel.objects.filter(stream_name=stream).update(
                group=group, tvg_id=tvg_id, tvg_logo=logo, sort_order=next(position)
            )
    packages = {name: _package(name, groups) for name, groups in PACKAGES.items()}
    tariffs = {}
    for name, contents in TARIFFS.items():
        tariffs[name] = Tariff.objects.create(name=name, description=", ".join(contents))
        tariffs[name].packages.set([packages[content] for content in contents])
    _subscribers(tariffs, packages)


def _package(name: str, groups: tuple[str, ...]) -> Package:
    package = Package.objects.create(name=name, description=f"Channels of {', '.join(groups)}")
    package.channels.set(Channel.objects.filter(group__name__in=groups))
    return package


def _subscribers(tariffs: dict[str, Tariff], packages: dict[str, Package]) -> None:
    day, now = timedelta(days=1), timezone.now()
    live = _subscriber("Live", "DEMO-1", max_sessions=3, valid_from=now - 30 * day, valid_until=now + 335 * day)
    live.tariffs.add(tariffs["Home"])
    live.packages.add(packages["Sport"])
    live.channels.add(*Channel.objects.filter(group__name="Films").order_by("sort_order")[:2])
    _subscriber("Отключён", "DEMO-2", status=Subscriber.Status.DISABLED).tariffs.add(tariffs["Premium"])
    _subscriber("Expired", "DEMO-3", valid_until=now - day).tariffs.add(tariffs["Premium"])
    _subscriber("Not yet valid", "DEMO-4", valid_from=now + 7 * day).tariffs.add(tariffs["Start"])
    _subscriber("Without channels", "DEMO-5")


def _subscriber(last_name: str, agreement_number: str, **fields: object) -> Subscriber:
    return Subscriber.objects.create(
        first_name="Demo", last_name=last_name, agreement_number=agreement_number, **fields
    )


def _logo(text: str, colour: str) -> str:
    image = Image.new("RGB", (128, 128), colour)
    ImageDraw.Draw(image).text((12, 52), text[:12], fill="white", font_size=26)
    png = io.BytesIO()
    image.save(png, "PNG")
    return f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"
