"""Which attribute of a list fills which field of a channel, as staff choose it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from channels.admin_source_columns import FIELD_WORDS, TITLE_WORDS
from channels.import_mapping import DEFAULT_MAPPING, FIELDS, TITLE
from channels.models import ImportRun
from channels.source_models import origin_of

# To the end of the word: behind the host there may be a login anywhere.
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^\s\"']+", re.IGNORECASE)
PICTURE = re.compile(r"https?://[^\s?#@]+\.(?:png|jpe?g|gif|svg|webp)", re.IGNORECASE)


def masked(text: str) -> str:
    """Return the text without what may be secret in the addresses that it holds."""
    return ADDRESS.sub(lambda found: found[0] if PICTURE.fullmatch(found[0]) else _origin(found[0]), text)


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


def _origin(address: str) -> str:
    return origin_of(address, rest="/…") or "…"
