"""The short addresses of the staff's pages, which lead into the admin."""

from django.urls import URLPattern, path
from django.views.generic import RedirectView


def _lead(route: str, pattern_name: str) -> URLPattern:
    return path(route, RedirectView.as_view(pattern_name=pattern_name, query_string=True))


urlpatterns = [
    _lead("", "admin:index"),
    _lead("login", "admin:login"),
    _lead("channels", "admin:channels_channel_changelist"),
    _lead("groups", "admin:channels_group_changelist"),
    _lead("packages", "admin:catalog_package_changelist"),
    _lead("users", "admin:subscribers_subscriber_changelist"),
    _lead("users/<int:object_id>", "admin:subscribers_subscriber_change"),
]
