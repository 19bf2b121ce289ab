"""What staff can do on a subscriber's page: a new token, delivery at once, the playlist as text and as a file."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from channels.admin_base import BaseAdmin
from channels.admin_pages import confirm_page
from integrations.auth_service.delivery import deliver_subscriber
from integrations.auth_service.standing import DeliveryState, delivery_state
from playlists.views import playlist_response, preview_text
from subscribers.admin_why import WhyForm, why_page
from subscribers.entitlements import entitled_channels
from subscribers.models import Subscriber
from subscribers.services import rotate_token

CHANNELS_SHOWN = 100


class SubscriberPagesMixin(BaseAdmin):
    """The pages below a subscriber's own, and what its own shows besides the form."""

    def get_urls(self) -> list[URLPattern]:
        pages = [
            ("token", self.new_token),
            ("deliver", self.deliver),
            ("preview", self.preview),
            ("playlist", self.download),
            ("why", self.why),
        ]
        return [
            *(
                path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"subscribers_subscriber_{name}")
                for name, view in pages
            ),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        subscriber = self.get_object(request, object_id)
        context = {**(extra_context or {}), **(_access(subscriber) if subscriber else {}), "why_form": WhyForm()}
        return super().change_view(request, object_id, form_url, context)

    @method_decorator(require_http_methods(["GET", "POST"]))
    def new_token(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask first; on POST give a new token and deliver it."""
        subscriber = self._found(request, pk, change=True)
        if request.method == "GET":
            return confirm_page(
                self,
                request,
                title=f"New token for {subscriber}",
                text="The present token stops working at once: every device of this subscriber needs the new playlist.",
                button="Regenerate the token",
                cancel_url=_page_of(pk),
                about=subscriber,
            )
        rotate_token(subscriber)
        messages.success(request, "The token is new. Give the subscriber the new playlist.")
        self.tell_delivery(request, deliver_subscriber(pk))
        return redirect(_page_of(pk))

    @method_decorator(require_POST)
    def deliver(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send what the Auth Service has yet to hear of this subscriber now."""
        self._found(request, pk, change=True)
        state = deliver_subscriber(pk)
        if state.state == "delivered":
            messages.success(request, "The Auth Service has the present state.")
        self.tell_delivery(request, state)
        return redirect(_page_of(pk))

    @method_decorator(require_GET)
    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        subscriber = self._found(request, pk, change=False)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Playlist of {subscriber}",
            "opts": self.opts,
            "heading": self.heading,
            "original": subscriber,
            "text": preview_text(subscriber, CHANNELS_SHOWN),
            "shown": CHANNELS_SHOWN,
            "total": entitled_channels(subscriber).count(),
        }
        return TemplateResponse(request, "admin/subscribers/subscriber/preview.html", context)

    @method_decorator(require_GET)
    def download(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        try:
            return playlist_response(self._found(request, pk, change=False), request)
        except Subscriber.DoesNotExist as exc:
            raise Http404 from exc

    @method_decorator(require_GET)
    def why(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Tell why the subscriber has a channel, or why not."""
        return why_page(self, request, self._found(request, pk, change=False))

    @property
    def media(self) -> forms.Media:
        return super().media + WhyForm().media

    def tell_delivery(self, request: HttpRequest, state: DeliveryState) -> None:
        """Say so where the Auth Service has not heard of a change yet."""
        if state.state in ("pending", "failing"):
            text = "The change is saved, and will be delivered: the Auth Service has not got it yet."
            self.message_user(request, f"{text} {state.error}", messages.WARNING)

    def _found(self, request: HttpRequest, pk: int, *, change: bool) -> Subscriber:
        subscriber: Subscriber | None = self.get_object(request, str(pk))
        if subscriber is None:
            raise Http404
        allowed = self.has_change_permission if change else self.has_view_or_change_permission
        if not allowed(request, subscriber):
            raise PermissionDenied
        return subscriber


def _access(subscriber: Subscriber) -> dict[str, Any]:
    """Return what the page shows of a subscriber's access: delivery, and the channels that it comes to."""
    channels = entitled_channels(subscriber)
    shown = channels.in_playlist_order().select_related("group").defer("tvg_logo")
    return {
        "delivery": delivery_state(subscriber.pk),
        "resolved": shown[:CHANNELS_SHOWN],
        "resolved_total": channels.count(),
    }


def _page_of(pk: int) -> str:
    return reverse("admin:subscribers_subscriber_change", args=[pk])
