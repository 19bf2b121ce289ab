"""What players are given to log in with: the addresses on a subscriber's page, and the pages that make passwords."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from channels.admin_base import BaseAdmin
from channels.admin_pages import confirm_page
from playlists.links import guide_url
from subscribers import services
from subscribers.models import Subscriber
from subscribers.passwords import LONGEST, SHORTEST, check_typed
from subscribers.usernames import free_username


@dataclass(frozen=True, slots=True)
class Address:
    """Something to copy into a player."""

    key: str
    name: str
    value: str
    note: str = ""
    placeholder: str = ""  # the word in the value that has to be replaced by hand

    @property
    def parts(self) -> tuple[str, str, str]:
        """Return what stands before the placeholder, it, and what follows."""
        return self.value.rpartition(self.placeholder) if self.placeholder else ("", "", self.value)


class PasswordForm(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        validators=[check_typed],
        help_text=gettext_lazy("%(shortest)s to %(longest)s Latin letters, digits and . _ ~ -"),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["password"]
        field.help_text = field.help_text % {"shortest": SHORTEST, "longest": LONGEST}


class CredentialsPagesMixin(BaseAdmin):
    """The pages that make, take and remove a password. It is shown on the answer to its making alone."""

    def found_for_password(self, request: HttpRequest, pk: int) -> Subscriber:
        """Return the subscriber, where this account may change the password."""
        raise NotImplementedError

    @method_decorator(require_http_methods(["GET", "POST"]))
    def new_password(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask first; on POST make a random password and show it."""
        subscriber = self.found_for_password(request, pk)
        if request.method == "POST":
            return self._made(request, subscriber, services.generate_password(subscriber))
        text = (
            _("The present password stops working at once: the new one has to be put into every player that logs in.")
            if subscriber.has_password
            else _("Players can log in as %(username)s with it. It is made at random and shown once.")
            % {"username": subscriber.username or free_username(subscriber.agreement_number)}
        )
        return confirm_page(
            self,
            request,
            title=_("New password for %(subscriber)s") % {"subscriber": subscriber},
            text=text,
            button=_("Make a new password"),
            cancel_url=_page_of(pk),
            about=subscriber,
        )

    @method_decorator(sensitive_post_parameters())
    @method_decorator(require_http_methods(["GET", "POST"]))
    def set_password(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for a password; on POST keep it, and show it with the addresses."""
        subscriber = self.found_for_password(request, pk)
        form = PasswordForm(request.POST or None, label_suffix="")
        if request.method == "POST" and form.is_valid():
            services.set_password(subscriber, form.cleaned_data["password"])
            return self._made(request, subscriber, form.cleaned_data["password"])
        title = _("Set the password of %(subscriber)s") % {"subscriber": subscriber}
        context = {**self._about(request, subscriber), "title": title, "form": form, "cancel_url": _page_of(pk)}
        return TemplateResponse(request, "admin/subscribers/subscriber/set_password.html", context)

    @method_decorator(require_http_methods(["GET", "POST"]))
    def remove_password(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask first; on POST take the password away."""
        subscriber = self.found_for_password(request, pk)
        if request.method == "POST":
            services.remove_password(subscriber)
            messages.success(request, _("There is no password any more. The playlist's own address goes on working."))
            return redirect(_page_of(pk))
        return confirm_page(
            self,
            request,
            title=_("Remove the password of %(subscriber)s") % {"subscriber": subscriber},
            text=_("Players that log in with the password stop working; the playlist's own address does not."),
            button=_("Remove the password"),
            cancel_url=_page_of(pk),
            about=subscriber,
        )

    def _made(self, request: HttpRequest, subscriber: Subscriber, password: str) -> HttpResponse:
        """Show the password on this page alone: in no message, as those are kept in a cookie."""
        context = {
            **self._about(request, subscriber),
            "title": _("The password of %(subscriber)s") % {"subscriber": subscriber},
            "addresses": player_addresses(subscriber, password),
            "page": _page_of(subscriber.pk),
        }
        return TemplateResponse(request, "admin/subscribers/subscriber/password_made.html", context)

    def _about(self, request: HttpRequest, subscriber: Subscriber) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "heading": self.heading,
            "object": subscriber,
        }


def player_addresses(subscriber: Subscriber, password: str | None = None) -> list[Address]:
    """Return what goes into players; the password is a placeholder unless it is given, as it is kept nowhere."""
    base = settings.PUBLIC_URL
    own = base + reverse("playlists:playlist", args=[subscriber.token])
    addresses = [
        Address("playlist", _("Playlist"), own, _("no password")),
        Address("guide", _("Programme guide"), guide_url(subscriber.token), _("XMLTV; no password")),
    ]
    if not (subscriber.username and subscriber.has_password):
        return addresses
    # A password needs no quoting, and the word that stands for it has to be read.
    word = "" if password else placeholder()
    password = password or word
    login = f"username={quote(subscriber.username, safe='@')}&password={password}"

    def playlist(output: str) -> str:
        return f"{base}{reverse('playlists:get_php')}?{login}&type=m3u_plus&output={output}"

    xmltv = f"{base}{reverse('playlists:xmltv_php')}?{login}"
    return [
        *addresses,
        Address("server", _("Server"), base, _("for apps that log in")),
        Address("username", _("User name"), subscriber.username),
        *([] if word else [Address("password", _("Password"), password)]),
        Address("hls", _("Playlist by password, HLS"), playlist("m3u8"), placeholder=word),
        Address("ts", _("Playlist by password, MPEG-TS"), playlist("ts"), _("for older boxes"), word),
        Address("xmltv", _("Programme guide by password"), xmltv, "XMLTV", word),
    ]


def placeholder() -> str:
    """Return the word that stands for a password that cannot be shown."""
    return _("PASSWORD")


def _page_of(pk: int) -> str:
    return reverse("admin:subscribers_subscriber_change", args=[pk])
