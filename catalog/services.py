"""What staff and billing do with packages and tariffs. The database marks the tokens concerned stale by itself."""

from collections.abc import Collection
from typing import Any

from django.db import transaction

from catalog.models import Tariff


@transaction.atomic
def create_tariff(*, packages: Collection[int] = (), **columns: Any) -> Tariff:
    """Make a tariff of the packages with these ids."""
    tariff = Tariff.objects.create(**columns)
    tariff.packages.set(packages)
    return tariff


@transaction.atomic
def change_tariff(tariff: Tariff, *, packages: Collection[int] | None = None, **columns: Any) -> None:
    """Write the columns that are given and, unless None, the packages by their ids."""
    for name, value in columns.items():
        setattr(tariff, name, value)
    tariff.save(update_fields=[*columns, "updated_at"])
    if packages is not None:
        tariff.packages.set(packages)
