"""Which attribute of a list fills which field of a channel, as staff choose it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from channels.admin_source_columns import FIELD_WORDS, TITLE_WORDS, filled_by
from channels.import_mapping import DEFAULT_MAPPING, FIELDS, TITLE
from channels.models import ImportRun


class MappingForm(forms.Form):
    """A choice for each field: nothing, the title, or an attribute that the list has."""

    def __init__(self, run: ImportRun, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [attribute["name"] for attribute in run.source.attributes]
        used = mapping_of(run, names)
        choices = [("", _("nothing")), (TITLE, TITLE_WORDS), *((name, name) for name in names if name != TITLE)]
        for field in FIELDS:
            kept = used[field]
            absent = [(kept, _("%(name)s (not in this list)") % {"name": kept})] if kept not in dict(choices) else []
            self.fields[field] = forms.ChoiceField(
                label=FIELD_WORDS[field], choices=[*choices, *absent], initial=kept, required=False
            )

    def mapping(self) -> dict[str, str]:
        """Return what was chosen; every field is in it, so that "nothing" is remembered, too."""
        return {field: str(self.cleaned_data[field]) for field in FIELDS}

    def in_words(self) -> list[tuple[str, str]]:
        """Return for each field what fills it, for those who may not choose."""
        return [(str(field.label), filled_by(str(field.initial))) for field in self.fields.values()]


def mapping_of(run: ImportRun, names: Iterable[str]) -> dict[str, str]:
    """Return what fills each field in this run; of the defaults, those alone that the list has."""
    chosen: Mapping[str, str] = run.source.mapping if run.mapping is None else run.mapping
    if chosen:
        return {field: chosen.get(field, "") for field in FIELDS}
    there = set(names)
    defaults = {field: name if name in there else "" for field, name in DEFAULT_MAPPING.items()}
    for field in ("display_name", "tvg_name"):
        defaults[field] = defaults[field] or TITLE
    return defaults
