"""What staff upload: a file, or the same as text."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    Uploaded = UploadedFile[Any]
else:
    Uploaded = UploadedFile  # takes no type at run time

MOST_BYTES = 20 * 1024 * 1024
# Django takes no more than 2.5 MB of a form besides its files.
MOST_BYTES_OF_TEXT = 2 * 1024 * 1024
PASTED = _("pasted text")


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"),
        required=False,
        allow_empty_file=True,  # which is told by what reads it
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain", "data-most": MOST_BYTES}),
    )
    text = forms.CharField(
        label=_("or its text"),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 8, "cols": 60, "spellcheck": "false", "wrap": "off", "data-most": MOST_BYTES_OF_TEXT}
        ),
    )

    def clean_file(self) -> Uploaded | None:
        file: Uploaded | None = self.cleaned_data["file"]
        if file and file.size and file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("The file has %(size)s, and may have %(most)s. Split it, and import the parts one by one."),
                params={"size": filesizeformat(file.size), "most": filesizeformat(MOST_BYTES)},
            )
        return file

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "file" in cleaned and not cleaned["file"] and not cleaned.get("text", "").strip():
            raise forms.ValidationError(_("Choose a file, or paste its text."))
        if cleaned.get("file") and cleaned.get("text", "").strip():
            raise forms.ValidationError(_("Choose a file or paste a text, not both."))
        return cleaned

    def uploaded(self) -> tuple[str, bytes]:
        """Return the name and the bytes of what was given."""
        file: Uploaded | None = self.cleaned_data["file"]
        if file is None:
            return str(PASTED), self.cleaned_data["text"].encode()
        return (file.name or "csv")[:255].replace("\0", ""), file.read()
