"""What the admin's pages of all models have in common."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from channels.admin_stale import OPENED, refusing_stale, version_of
from subscribers.feed.events import TYPES

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

    AnyModelAdmin = admin.ModelAdmin[Any]
    AnyPaginator = Paginator[Any]
else:
    # They take no type at run time.
    AnyModelAdmin, AnyPaginator = admin.ModelAdmin, Paginator


class PagesByKeys(AnyPaginator):
    """Find the keys of a page before its rows: the way to a page far down is then paved with an index alone."""

    def page(self, number: int | str) -> Any:
        page: Any = super().page(number)
        rows: Any = self.object_list
        page.object_list = rows.filter(pk__in=list(page.object_list.values_list("pk", flat=True)))
        return page


class BaseAdmin(AnyModelAdmin):
    """Long lists cost no second count, and come in pages of a size that can still be dragged about."""

    heading: "StrOrPromise" = ""  # of the list, where the model's name is not what people call it
    empty_text: "StrOrPromise" = ""  # what to do first, where the list is empty
    list_per_page = 100
    paginator = PagesByKeys
    show_full_result_count = False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Narrow a list by what it offers alone: Django allows every column, and by that to guess at a token."""
        column = lookup.partition("__")[0]
        offered = {"id", "pk"}
        for entry in self.get_list_filter(request):
            offered.add(str(entry[0] if isinstance(entry, list | tuple) else entry).partition("__")[0])
        columns = {name for field in self.opts.get_fields() for name in (field.name, getattr(field, "attname", ""))}
        return (column not in columns or column in offered) and super().lookup_allowed(lookup, value, request)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            # A pencil, an eye and a red cross beside each field say little, and the cross deletes a whole group.
            field.widget.can_change_related = False
            field.widget.can_view_related = False
            field.widget.can_delete_related = False
        return field

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return refusing_stale(super().get_form(request, obj, change, **kwargs))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        context |= {"opened_field": OPENED, "opened": version_of(kwargs.get("obj"))}
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to what the database keeps of the row, whoever changed it and however."""
        if self.opts.model_name in TYPES:
            about = urlencode({"type": self.opts.model_name, "id": unquote(object_id)})
            return redirect(f"{reverse('admin:changes')}?{about}")
        return super().history_view(request, object_id, extra_context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write only what the form has: meanwhile a sync, a drag or a new token may have written the row."""
        columns = {field.name for field in obj._meta.concrete_fields}
        if change and "updated_at" in columns:
            obj.save(update_fields=[*columns & form.cleaned_data.keys(), "updated_at"])
        else:
            super().save_model(request, obj, form, change)


class RecordAdmin(BaseAdmin):
    """What the service writes by itself is to be read, not to be changed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
