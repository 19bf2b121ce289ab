"""The form of a source: what it is called, and a list given as text, as a file, or by its address."""

import io
from typing import IO, TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminRadioSelect
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.admin_addresses import checked_address
from channels.models import Source

if TYPE_CHECKING:
    SourceModelForm = forms.ModelForm[Source]
else:
    SourceModelForm = forms.ModelForm  # takes no type at run time

MEGABYTE = 1024 * 1024
ENDINGS = ".m3u,.m3u8,.txt,.gz,.xz,.bz2,.zip"
# Django takes no more than 2.5 MB of a form besides its files; the browser sends a longer text as a file.
MOST_BYTES_OF_TEXT = 2 * MEGABYTE
RADIO_LIST = {"class": "radiolist"}  # as the admin's own style sheet knows it
WAYS = ("text", "upload", "address")


class NotSentBack(forms.TextInput):
    """A field that is empty again when the form is shown with its errors: what was typed may hold a login."""

    def format_value(self, value: Any) -> None:
        return None


class SourceForm(SourceModelForm):
    """What the Flussonic server has, too."""

    class Meta:
        model = Source
        fields = ("name", "description")
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}  # Django's way


class ListForm(SourceForm):
    text = forms.CharField(
        label=_("Text of the list"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "wrap": "off", "data-most": MOST_BYTES_OF_TEXT}),
        help_text=_("Paste it: M3U with or without attributes, or one address in each line."),
    )
    upload = forms.FileField(
        label=_("File of the list"),
        required=False,
        allow_empty_file=True,  # which is told by what reads it
        widget=forms.FileInput(attrs={"accept": ENDINGS}),
        help_text=_("Plain, gzip, bzip2, xz or zip."),
    )
    address = forms.CharField(
        label=_("Address of the list"),
        required=False,
        max_length=2_000,
        widget=NotSentBack(attrs={"class": "vURLField", "autocomplete": "off", "inputmode": "url"}),
        help_text=_("http:// or https://; a link to get.php with its login will do. It is not shown again."),
    )

    class Meta:
        model = Source
        fields = ("name", "description", "delivery", "refresh_hours")
        widgets = {"delivery": AdminRadioSelect(attrs=RADIO_LIST)}  # Django's way
        help_texts = {
            "delivery": _(
                "Direct: everyone who gets a playlist learns the address at the source, with the login in it. "
                "Restream: the address stays between the source and Flussonic."
            ),
            "refresh_hours": _("Of a list that has an address. 0: only when somebody asks for it."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.url:
            kept = _("Leave it empty to keep %(address)s.") % {"address": self.instance.shown_url}
            self.fields["address"].help_text = kept

    def full_clean(self) -> None:
        super().full_clean()
        if self.errors and self.data.get(self.add_prefix("address")):
            self.add_error("address", gettext("Write the address again: with its login, it is not sent back."))

    def clean_upload(self) -> Any:
        file = self.cleaned_data["upload"]
        most = settings.M3U_MAX_MEGABYTES * MEGABYTE
        if file and file.size > most:
            raise forms.ValidationError(
                _("The file has %(size)s, and may have %(most)s."),
                params={"size": filesizeformat(file.size), "most": filesizeformat(most)},
            )
        return file

    def clean_address(self) -> str:
        return checked_address(str(self.cleaned_data["address"]))

    def clean_delivery(self) -> str:
        delivery = str(self.cleaned_data["delivery"])
        if delivery == Source.Delivery.RESTREAM and not settings.FLUSSONIC_URL:
            raise forms.ValidationError(_("No Flussonic is configured that could restream: set FLUSSONIC_URL first."))
        return delivery

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        given = [name for name in WAYS if _is_given(cleaned.get(name))]
        for name in given[1:]:
            self.add_error(name, gettext("Give one list: paste it, or choose a file, or write its address."))
        if not given and not self.instance.pk and not any(name in self.errors for name in WAYS):
            self.add_error("text", gettext("There is no list yet: paste it, choose a file, or write its address."))
        if cleaned.get("refresh_hours") and not (cleaned.get("address") or self.instance.url):
            self.add_error("refresh_hours", gettext("Only a list with an address can be refreshed by itself."))
        if cleaned.get("address"):
            self.instance.url = cleaned["url"] = cleaned["address"]
        return cleaned

    def given_list(self) -> tuple[IO[bytes], str] | None:
        """Return the list that was pasted or uploaded, and the name of its file."""
        upload = self.cleaned_data.get("upload")
        if upload:
            return upload.file, (upload.name or "")[:255].replace("\0", "")
        text = self.cleaned_data.get("text") or ""
        return (io.BytesIO(text.encode(errors="replace")), "") if text.strip() else None


class NewListForm(ListForm):
    known_by = forms.ChoiceField(
        label=_("An entry is known again by"),
        choices=Source.Identity,
        initial=Source.Identity.ADDRESS,
        widget=AdminRadioSelect(attrs=RADIO_LIST),
        help_text=_("In the next version of the list. This stays as it is; the address is right for nearly all lists."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.instance.identity = cleaned.get("known_by", Source.Identity.ADDRESS)
        return cleaned


def _is_given(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else bool(value)
