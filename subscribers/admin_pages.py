"""The page of a subscriber, and those below it: a new token, delivery at once, the playlist as text and as a file."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from channels.admin_pages import confirm_page
from integrations.auth_service.delivery import deliver_subscriber, send_again
from integrations.auth_service.standing import DeliveryState, delivery_state
from playlist_project.admin_changes import last_lines
from playlists.playlist import preview_text
from playlists.views import staff_playlist_response
from subscribers.admin_activity import panel_of
from subscribers.admin_channels import channels_page, rows_of, shown_channels
from subscribers.admin_columns import sees_tokens, without_access
from subscribers.admin_credentials import CredentialsPagesMixin, placeholder, player_addresses
from subscribers.admin_form import OwnChannelsView
from subscribers.admin_why import WhyForm, why_page
from subscribers.entitlements import entitled_channels
from subscribers.models import Subscriber
from subscribers.services import rotate_token

CHANNELS_SHOWN = 50
CHANGES_SHOWN = 5
CHANNELS_PREVIEWED = 100


class SubscriberPagesMixin(CredentialsPagesMixin):
    """The pages below a subscriber's own, and what its own shows besides the form."""

    def get_urls(self) -> list[URLPattern]:
        pages = [
            ("token", self.new_token),
            ("password", self.new_password),
            ("set-password", self.set_password),
            ("remove-password", self.remove_password),
            ("deliver", self.deliver),
            ("preview", self.preview),
            ("playlist", self.download),
            ("why", self.why),
            ("channels", self.channels),
            ("own-channels", self.own_channels),
        ]
        return [
            *(
                path(
                    f"<int:pk>/{name}/",
                    self.admin_site.admin_view(view),
                    name=f"subscribers_subscriber_{name.replace('-', '_')}",
                )
                for name, view in pages
            ),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        # After a POST that was refused, the row is as it was all the same.
        if isinstance(response, TemplateResponse) and (subscriber := self.get_object(request, object_id)):
            response.context_data = {**(response.context_data or {}), **_shown(request, subscriber)}
        return response

    @method_decorator(require_http_methods(["GET", "POST"]))
    def new_token(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask first; on POST give a new token and deliver it."""
        subscriber = self._found(request, pk, change=True)
        if request.method == "GET":
            return confirm_page(
                self,
                request,
                title=_("New token for %(subscriber)s") % {"subscriber": subscriber},
                text=_(
                    "The present token stops working at once: every device of this subscriber needs the new playlist."
                ),
                button=_("Regenerate the token"),
                cancel_url=_page_of(pk),
                about=subscriber,
            )
        rotate_token(subscriber)
        messages.success(request, _("The token is new. Give the subscriber the new playlist."))
        self.tell_delivery(request, deliver_subscriber(pk))
        return redirect(_page_of(pk))

    @method_decorator(require_POST)
    def deliver(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send now what the Auth Service has yet to hear of this subscriber; all of it again where that is asked."""
        subscriber = self._found(request, pk, change=True)
        again = "again" in request.POST and settings.AUTH_SERVICE_URL
        state = send_again(subscriber) if again else deliver_subscriber(pk)
        if state.state == "delivered":
            messages.success(request, _("The Auth Service has the present state."))
        self.tell_delivery(request, state)
        return redirect(_page_of(pk))

    @method_decorator(require_GET)
    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        subscriber = self._found(request, pk, change=False, token=True)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Playlist of %(subscriber)s") % {"subscriber": subscriber},
            "opts": self.opts,
            "heading": self.heading,
            "original": subscriber,
            "text": preview_text(subscriber, CHANNELS_PREVIEWED),
            "shown": CHANNELS_PREVIEWED,
            "total": entitled_channels(subscriber).count(),
        }
        return TemplateResponse(request, "admin/subscribers/subscriber/preview.html", context)

    @method_decorator(require_GET)
    def download(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return staff_playlist_response(self._found(request, pk, change=False, token=True), request)

    @method_decorator(require_GET)
    def why(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Tell why the subscriber has a channel, or why not."""
        return why_page(self, request, self._found(request, pk, change=False))

    @method_decorator(require_GET)
    def channels(self, request: HttpRequest, pk: int) -> HttpResponse:
        return channels_page(self, request, self._found(request, pk, change=False))

    @method_decorator(require_GET)
    def own_channels(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Answer the search among the channels of a subscriber's own."""
        self._found(request, pk, change=True)
        return OwnChannelsView.as_view(admin_site=self.admin_site)(request, pk=pk)

    @property
    def media(self) -> forms.Media:
        styles = ["playlist_project/users.css", "playlist_project/charts.css"]
        own = forms.Media(css={"all": styles}, js=["playlist_project/users.js"])
        return super().media + WhyForm().media + own

    def found_for_password(self, request: HttpRequest, pk: int) -> Subscriber:
        return self._found(request, pk, change=True, token=True)

    def tell_delivery(self, request: HttpRequest, state: DeliveryState) -> None:
        """Say so where the Auth Service has not heard of a change yet."""
        if state.state in ("pending", "failing"):
            text = _("The change is saved, and will be delivered: the Auth Service has not got it yet. %(error)s")
            self.message_user(request, text % {"error": state.error}, messages.WARNING)

    def _found(self, request: HttpRequest, pk: int, *, change: bool, token: bool = False) -> Subscriber:
        subscriber: Subscriber | None = self.get_object(request, str(pk))
        if subscriber is None:
            raise Http404
        allowed = self.has_change_permission if change else self.has_view_or_change_permission
        if not allowed(request, subscriber) or (token and not sees_tokens(request)):
            raise PermissionDenied
        return subscriber


def _shown(request: HttpRequest, subscriber: Subscriber) -> dict[str, Any]:
    """Return what the page shows besides the form: delivery, the channels that access comes to, the last changes."""
    return {
        **panel_of(request, subscriber),
        "sees_tokens": sees_tokens(request),
        "without_access": without_access(subscriber, timezone.now()),
        "placeholder": placeholder(),
        "addresses": player_addresses(subscriber) if sees_tokens(request) else [],
        "playlist_address": settings.PUBLIC_URL + reverse("playlists:playlist", args=[subscriber.token]),
        "delivery": delivery_state(subscriber.pk),
        "rows": rows_of(subscriber, list(shown_channels(subscriber)[:CHANNELS_SHOWN])),
        "resolved_total": entitled_channels(subscriber).count(),
        "changes": last_lines(request, CHANGES_SHOWN, type="subscriber", id=subscriber.pk),
        "why_form": WhyForm(),
    }


def _page_of(pk: int) -> str:
    return reverse("admin:subscribers_subscriber_change", args=[pk])
