"""The changes in the admin: what happened, newest first, as the feed tells it."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from playlist_project import admin_change_words as words
from subscribers.feed.changes import Change
from subscribers.feed.events import TYPES, Position, Selection
from subscribers.feed.following import latest
from subscribers.feed.names import NAMED, Thing

PER_PAGE = 50
TONES = {"created": "good", "assigned": "good", "changed": "busy", "deleted": "bad", "unassigned": "bad"}
LONGEST_VALUE = 200
# Of these the history has a hash, or nothing but that they changed.
FIELDS = {"logo": "tvg_logo", "password": "password_digest"}


class ChangesForm(forms.Form):
    """What the list can be narrowed to."""

    type = forms.ChoiceField(required=False, label=_("What"))
    id = forms.IntegerField(required=False, min_value=0, max_value=2**63 - 1, widget=forms.HiddenInput)
    way = forms.ChoiceField(required=False, choices=[("", _("any")), *words.WAYS.items()], label=_("By"))
    actor = forms.CharField(required=False, max_length=150, label=_("Who"))
    begin = forms.DateField(required=False, label=_("From"), widget=forms.DateInput({"type": "date"}))
    end = forms.DateField(required=False, label=_("To"), widget=forms.DateInput({"type": "date"}))
    before = forms.CharField(
        required=False, widget=forms.HiddenInput, validators=[RegexValidator(r"\A[0-9]{1,18}\.[0-9]{1,18}\Z")]
    )

    def __init__(self, data: Any, visible: list[str]) -> None:
        super().__init__(data, label_suffix="")
        types: Any = self.fields["type"]
        types.choices = [("", _("everything")), *((kind, words.TYPES[kind]) for kind in visible)]


@dataclass(frozen=True, slots=True)
class Line:
    """A change as the page shows it."""

    change: Change
    tone: str
    sentence: SafeString
    way: Promise
    fields: list[tuple[str, str, str]]
    """Name, old and new value."""

    nobody = _("nobody named")


def changes_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Show what happened to whatever this account may see."""
    visible = types_seen_by(request)
    if not visible:
        raise PermissionDenied
    form = ChangesForm(request.GET, visible)
    lines = _lines(form.cleaned_data, visible) if form.is_valid() else []
    older = lines[PER_PAGE - 1].change.position if len(lines) > PER_PAGE else None
    query = request.GET.copy()
    if older:
        query["before"] = f"{older.xid}.{older.number}"
    context = {
        **site.each_context(request),
        "title": _("Changes"),
        "form": form,
        "lines": lines[:PER_PAGE],
        "about": _about(lines, form),
        "older": query.urlencode() if older else "",
    }
    return TemplateResponse(request, "admin/changes.html", context)


def last_lines(request: HttpRequest, amount: int, *, type: str = "", id: int | None = None) -> list[Line]:
    """Return the last changes, or those of one thing, as far as this account may see them; newest first."""
    visible = types_seen_by(request)
    selection = Selection(type=type, id=id, visible=visible)
    return [_line(change, visible) for change in latest(selection, limit=amount)] if visible else []


def types_seen_by(request: HttpRequest) -> list[str]:
    """Return the types of things whose changes this account may see: those that it may see themselves."""
    return [kind for kind in TYPES if any(request.user.has_perm(name) for name in _permissions(kind))]


def _permissions(kind: str) -> list[str]:
    options = NAMED[kind][0]._meta
    return [f"{options.app_label}.{action}_{options.model_name}" for action in ("view", "change")]


def _lines(wanted: dict[str, Any], visible: list[str]) -> list[Line]:
    selection = Selection(
        type=wanted["type"],
        id=wanted["id"],
        way=wanted["way"],
        actor=wanted["actor"],
        begin=_midnight(wanted["begin"], 0),
        end=_midnight(wanted["end"], 1),
        visible=visible,
    )
    before = Position(*map(int, wanted["before"].split("."))) if wanted["before"] else None
    return [_line(change, visible) for change in latest(selection, limit=PER_PAGE + 1, before=before)]


def _midnight(day: Any, days_later: int) -> datetime | None:
    """Return the beginning of a day, or of one after it, where the operator is."""
    return timezone.make_aware(datetime.combine(day, time()) + timedelta(days=days_later)) if day else None


def _line(change: Change, visible: list[str]) -> Line:
    names = list(dict.fromkeys([*change.before, *change.after]))
    told = [
        (field, _shown(field, change.before.get(name)), _shown(field, change.after.get(name)))
        for name in names
        for field in [_field(change.subject.type, name)]
    ]
    return Line(
        change=change,
        tone=TONES[change.action],
        sentence=_sentence(change, visible),
        way=words.WAYS[change.way],
        fields=[(str(field.verbose_name), old, new) for field, old, new in told if old or new],
    )


def _sentence(change: Change, visible: list[str]) -> SafeString:
    other = change.other
    sentence = words.SENTENCES[change.action, change.subject.type, other.type if other else ""]
    return format_html(
        str(sentence), subject=_thing(change.subject, visible), other=_thing(other, visible) if other else ""
    )


def _thing(thing: Thing, visible: list[str]) -> SafeString:
    label = thing.label or thing.id
    if thing.gone:
        return format_html('{} <span class="quiet">{}</span>', label, _("(deleted)"))
    url = _page_of(thing, visible)
    return format_html('<a href="{}">{}</a>', url, label) if url else format_html("{}", label)


def _field(kind: str, name: str) -> Any:
    """Return the model's field of a name in the history, which calls some by what they are about."""
    return NAMED[kind][0]._meta.get_field(FIELDS.get(name, name))


def _page_of(thing: Thing, visible: list[str]) -> str:
    if thing.gone or thing.type not in visible:
        return ""
    options = NAMED[thing.type][0]._meta
    return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[thing.id])


def _shown(field: Any, value: Any) -> str:
    match value:
        case None | "":
            return ""
        case bool():
            return gettext("yes") if value else gettext("no")
        case datetime():
            return date_format(timezone.localtime(value), "Y-m-d H:i")
        case Thing():
            return value.label or f"#{value.id}"
    text = str(dict(field.flatchoices).get(value, value))
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _about(lines: list[Line], form: ChangesForm) -> str:
    """Return the name of the one thing that the page is about, where it is about one."""
    if not form.is_valid() or form.cleaned_data["id"] is None:
        return ""
    wanted = (form.cleaned_data["type"], form.cleaned_data["id"])
    things = (thing for line in lines for thing in (line.change.subject, line.change.other) if thing)
    return next((thing.label for thing in things if (thing.type, thing.id) == wanted), f"{wanted[0]} {wanted[1]}")
