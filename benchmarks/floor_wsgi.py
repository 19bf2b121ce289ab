"""The service as in production, with two more addresses, the floors of the players' requests.

One does nothing; the other sends so many bytes from memory.
"""

import random
from functools import lru_cache

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def memory(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_kept(int(request.GET["bytes"])), "application/octet-stream")


@lru_cache(maxsize=1)
def _kept(size: int) -> bytes:
    return random.randbytes(size)  # zeros would all be one page of memory


settings.ROOT_URLCONF = __name__
application = get_wsgi_application()
# These need the models.
urlpatterns = [path("empty", empty), path("memory", memory), path("", include("playlist_project.urls"))]
