"""The form of a tariff: other packages are saved once staff have seen whose access that changes."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from catalog.models import Package, Tariff
from channels.admin_access import AGREED, BACK, access_page
from channels.admin_base import BaseAdmin
from subscribers.access_changes import tariff_gets_packages


class AsksBeforeAccessChanges(BaseAdmin):
    """Put a page before the save that changes access; the form is validated twice, and saved as posted."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method == "POST" and object_id is not None:
            if BACK in request.POST:
                self.message_user(request, _("Nothing has been saved yet."), messages.WARNING)
            elif page := self._question(request, object_id):
                return page
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type("FormAgain", (FormAgain, form), {}) if BACK in request.POST else form

    def _question(self, request: HttpRequest, object_id: str) -> HttpResponse | None:
        """Return the page, or None where there is nothing to ask: no other access, agreed already, not allowed."""
        tariff = self.get_object(request, unquote(object_id))
        if tariff is None or not self.has_change_permission(request, tariff):
            return None
        form = self.get_form(request, tariff, change=True)(request.POST, instance=tariff)
        if not form.is_valid():
            return None
        before = set(tariff.packages.values_list("pk", flat=True))
        after = {package.pk for package in form.cleaned_data["packages"]}
        # What was agreed to: should others change the tariff meanwhile, the question is another one.
        step = f"{sorted(before)} {sorted(after)}"
        if before == after or request.POST.get(AGREED) == step:
            return None
        change = tariff_gets_packages(tariff.pk, after)
        if not change.alters:
            return None
        saved = Tariff.objects.get(pk=tariff.pk)  # the form has put its own words into the other one
        return access_page(
            self,
            request,
            change,
            title=_("Change who has which channels?"),
            facts=_facts(saved, after - before, before - after),
            button=_("Save"),
            agreed=step,
            about=saved,
        )


class FormAgain:
    """A form that is shown again with what it has, without being in error."""

    def is_valid(self) -> bool:
        return False


def _facts(tariff: Tariff, added: set[int], removed: set[int]) -> list[str]:
    names = dict(Package.objects.filter(pk__in=added | removed).order_by("name").values_list("pk", "name"))
    lists = [", ".join(name for pk, name in names.items() if pk in ids) for ids in (added, removed)]
    texts = (_("The tariff %(tariff)s gets: %(packages)s"), _("The tariff %(tariff)s no longer has: %(packages)s"))
    return [
        text % {"tariff": tariff, "packages": packages} for text, packages in zip(texts, lists, strict=True) if packages
    ]
