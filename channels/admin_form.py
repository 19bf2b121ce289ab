"""The form of a channel: what staff may change, and its logo as an address or a file."""

import base64
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from channels.logos import BadLogo, normalise_logo
from channels.models import Channel

FILLED_BY_LISTS = ("display_name", "tvg_id", "group", "logo_address")  # as fields of the form
LOGO_FIELDS = ("logo_address", "logo_file", "remove_logo")


class ChannelForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes none at run time
    """What a list fills is written only where staff have changed what the page showed them of it.

    Otherwise what it showed before a refresh would count as theirs from then on.
    """

    logo_address = forms.CharField(
        required=False,
        label=_("Address of a picture"),
        help_text=_("http:// or https://; players load it from there."),
        widget=forms.URLInput(attrs={"class": "vURLField", "placeholder": "https://"}),
    )
    logo_file = forms.FileField(
        required=False,
        label=_("Or a picture of your own"),
        help_text=_("PNG, JPEG, WebP or GIF; made smaller where it is larger than 512x512."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
    )
    remove_logo = forms.BooleanField(required=False, label=_("Remove the logo"))

    class Meta:
        model = Channel
        fields = ("tvg_id", "group", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        logo = self.instance.tvg_logo or ""
        self.initial["logo_address"] = logo if logo.startswith("http") else ""
        if self.is_bound:
            self.data = self.data.copy()  # type: ignore[attr-defined]  # of a request
        for name in FILLED_BY_LISTS:
            if name in self.fields:  # not where somebody may only look
                self.fields[name].show_hidden_initial = True
                if self.is_bound:
                    self._let_follow(name)

    def _let_follow(self, name: str) -> None:
        """Where staff left what the page showed, take what the channel has by now."""
        field: Any = self.fields[name]
        data: Any = self.data
        at, shown_at = self.add_prefix(name), self.add_initial_prefix(name)
        now = field.prepare_value(self.get_initial_for_field(field, name))
        now = "" if now is None else now
        if shown_at in data and not field.has_changed(data[shown_at], data.get(at)):
            data[at] = now
        data[shown_at] = now

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in set(Channel.MERGED_FIELDS).difference(self.changed_data):
            cleaned.pop(name, None)
        if not set(LOGO_FIELDS).intersection(self.changed_data):
            return cleaned
        field = "logo_file" if cleaned.get("logo_file") else "logo_address"
        try:
            self.instance.tvg_logo = cleaned["tvg_logo"] = self._logo(cleaned)
        except BadLogo as exc:
            self.add_error(field, str(exc))
        return cleaned

    def _logo(self, cleaned: dict[str, Any]) -> str | None:
        if upload := cleaned.get("logo_file"):
            return normalise_logo(_data_uri(upload))
        if cleaned.get("remove_logo"):
            return None
        return normalise_logo(cleaned.get("logo_address")) or None


class ListedChannelForm(ChannelForm):
    """Of a channel out of a list, staff may change the name, too: theirs stays when the list is refreshed."""

    class Meta(ChannelForm.Meta):
        fields = ("display_name", "tvg_id", "group", "is_active")  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "display_name" in self.fields:  # not where somebody may only look
            self.fields["display_name"].label = _("Name")
            self.fields["display_name"].help_text = _("What you write here stays. Empty: as the list has it.")

    def clean_display_name(self) -> str | None:
        return (self.cleaned_data["display_name"] or "").strip() or self.instance.listed_name


def fieldsets_of_list(fieldsets: Any) -> Any:
    """Return the groups of fields with the name among what staff may change, and what a list says of a channel."""
    (heading, shown), *others, (source, about) = fieldsets
    facts = {
        "description": _("A refresh of the list keeps these up to date; they cannot be changed here."),
        "fields": (
            "source",
            "stream_name",
            "tvg_name",
            "source_address",
            "stream_base_url",
            "status_shown",
            "last_seen",
        ),
    }
    return ((heading, {**shown, "fields": ("display_name", *shown["fields"])}), *others, (source, {**about, **facts}))


def _data_uri(upload: "UploadedFile[bytes]") -> str:
    return f"data:{upload.content_type};base64,{base64.b64encode(upload.read()).decode()}"
