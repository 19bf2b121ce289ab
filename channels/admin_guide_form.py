"""The form of a guide source: an address, or a file."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from channels.admin_addresses import checked_address
from channels.models import GuideSource

if TYPE_CHECKING:
    SourceModelForm = forms.ModelForm[GuideSource]
else:
    SourceModelForm = forms.ModelForm  # takes no type at run time

MOST_BYTES = 100 * 1024 * 1024
ENDINGS = ".xml,.gz,.xz,.zip,.xmltv"


class GuideSourceForm(SourceModelForm):
    upload = forms.FileField(
        label=_("or a file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ENDINGS}),
        help_text=_("XMLTV: plain, gzip, xz or zip. It is imported at once, in place of what the source had."),
    )

    class Meta:
        model = GuideSource
        fields = ("name", "url", "refresh_hours", "sort_order", "is_active")

    def clean_url(self) -> str:
        return checked_address(str(self.cleaned_data["url"]), before=str(self.initial.get("url", "")))

    def clean_upload(self) -> Any:
        file = self.cleaned_data["upload"]
        if file and file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("The file has %(size)s, and may have %(most)s. Compress it, or give its address."),
                params={"size": filesizeformat(file.size), "most": filesizeformat(MOST_BYTES)},
            )
        return file
