"""The service as in production, with one more address that does nothing: the floor of the players' requests."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


settings.ROOT_URLCONF = __name__
application = get_wsgi_application()
urlpatterns = [path("empty", empty), path("", include("playlist_project.urls"))]  # needs the models
