"""The button "Export CSV" on the list of subscribers: all that the list shows, by its filters, search and order."""

from array import array

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_GET

from channels.admin_base import BaseAdmin
from subscribers.csv.export import export

CONTENT_TYPE = "text/csv; charset=utf-8"


class CsvExportMixin(BaseAdmin):
    """Adds the address that the button leads to."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_csv)
        return [path("export.csv", view, name="subscribers_subscriber_export"), *super().get_urls()]

    @method_decorator(require_GET)
    def export_csv(self, request: HttpRequest) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            shown = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return redirect("admin:subscribers_subscriber_changelist")
        # Eight bytes for each hold the order, whatever the list is sorted by; the rest is read in chunks.
        ids = array("q", shown.prefetch_related(None).values_list("pk", flat=True).iterator())
        name = f"subscribers-{timezone.localdate():%Y-%m-%d}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingHttpResponse(export(ids), content_type=CONTENT_TYPE, headers=headers)
