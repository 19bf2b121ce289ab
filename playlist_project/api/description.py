"""The API's own description, and a page to read and try it with. Both are for everybody: they hold no data."""

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from drf_spectacular.renderers import OpenApiJsonRenderer2
from drf_spectacular.views import SpectacularSwaggerSplitView

from playlist_project.api.schema import description


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """Answer with the OpenAPI description, which has no envelope."""
    return HttpResponse(_rendered(), content_type="application/json")


@cache
def _rendered() -> bytes:
    rendered: bytes = OpenApiJsonRenderer2().render(description(), renderer_context={})
    return rendered


class DocsView(SpectacularSwaggerSplitView):
    """Show Swagger's page, from our own static files and within the Content Security Policy."""

    url_name = "api-schema"
    template_name = "api/docs.html"
    title = "Playlist Service API"
