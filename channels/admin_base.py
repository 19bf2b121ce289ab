"""What the admin's pages of all models have in common."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.http import HttpRequest

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Any]
else:
    AnyModelAdmin = admin.ModelAdmin  # takes no type at run time


class BaseAdmin(AnyModelAdmin):
    """Long lists cost no second count, and come in pages of a size that can still be dragged about."""

    heading = ""  # of the list, where the model's name is not what people call it
    list_per_page = 100
    show_full_result_count = False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            # A pencil, an eye and a red cross beside each field say little, and the cross deletes a whole group.
            field.widget.can_change_related = False
            field.widget.can_view_related = False
            field.widget.can_delete_related = False
        return field

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
