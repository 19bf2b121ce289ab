"""Where channels come from, and how lists of them were imported."""

from datetime import datetime
from typing import Any, Self
from urllib.parse import urlsplit

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels.catalogue import counts_as_change
from channels.progress import InProgress


class SourceQuerySet(models.QuerySet["Source"]):
    def flussonic(self) -> "Source":
        """Return the row that stands for the configured Flussonic server, made on first use."""
        return self.get_or_create(kind=Source.Kind.FLUSSONIC, defaults={"name": "Flussonic"})[0]

    def lists(self) -> Self:
        """Leave out the Flussonic server."""
        return self.filter(kind=Source.Kind.M3U)

    def due(self, now: datetime) -> Self:
        """Keep the lists whose next refresh is due: of those whose address was imported once, as staff look first."""
        due = Q(next_at=None) | Q(next_at__lte=now)
        imported = self.lists().filter(due, is_active=True, refresh_hours__gt=0, imported_at__isnull=False)
        return imported.exclude(url="").exclude(content_hash="")

    def failing(self) -> Self:
        """Keep the active lists whose last import failed or was refused; what staff only looked at is none."""
        ended = ImportRun.objects.filter(source=OuterRef("pk"), only_look=False).exclude(state__in=ImportRun.AT_WORK)
        lists = self.lists().filter(is_active=True).alias(last=Subquery(ended.values("state")[:1]))
        return lists.filter(last__in=(ImportRun.State.FAILED, ImportRun.State.REFUSED))


class Source(models.Model):
    """Where channels come from: the configured Flussonic server is one of these, M3U lists are the others."""

    class Kind(models.TextChoices):
        FLUSSONIC = "flussonic", _("Flussonic server")
        M3U = "m3u", _("M3U list")

    class Delivery(models.TextChoices):
        DIRECT = "direct", _("direct: players open the list's own addresses")
        RESTREAM = "restream", _("restream: Flussonic takes in each channel and plays it")

    class Identity(models.TextChoices):
        """By what an entry is known again in a later list."""

        ADDRESS = "address", _("the address, without its host and login")
        TVG_ID = "tvg_id", _("the tvg-id")
        NAME = "name", _("the name")

    name = models.CharField(
        _("name"), max_length=100, unique=True, error_messages={"unique": _("A source has this name already.")}
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Channels of an inactive source are not delivered to anyone.")
    )
    description = models.TextField(_("description"), blank=True)
    # Begins the names of the source's streams, which must never change.
    slug = models.CharField(max_length=40, null=True, unique=True, editable=False)
    url = models.CharField(
        _("address"), max_length=2_000, blank=True, help_text=_("Of the list; links to get.php are welcome.")
    )
    delivery = models.CharField(_("delivery"), max_length=10, choices=Delivery, default=Delivery.DIRECT)
    identity = models.CharField(
        _("known again by"), max_length=10, choices=Identity, default=Identity.ADDRESS, editable=False
    )
    # {field of ours: name of an attribute}, as `import_mapping.FIELDS`
    mapping: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict, editable=False)
    # [{"name", "count", "sample"}], as the last list that was read had them
    attributes: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(
        default=list, editable=False
    )
    total = models.PositiveIntegerField(_("channels in the list"), default=0, editable=False)
    refresh_hours = models.PositiveSmallIntegerField(
        _("hours between refreshes"), default=0, help_text=_("0: only when somebody asks for it.")
    )
    # Of the list that was last imported from the address, to see whether there is a newer one; empty: of none.
    etag = models.CharField(max_length=500, blank=True, editable=False)
    last_modified = models.CharField(max_length=100, blank=True, editable=False)
    content_hash = models.CharField(max_length=64, blank=True, editable=False)
    uploaded_at = models.DateTimeField(_("list of"), null=True, editable=False)
    imported_at = models.DateTimeField(_("last import"), null=True, editable=False)
    next_at = models.DateTimeField(_("next refresh"), null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(kind="flussonic"),
                name="one_flussonic_source",
                violation_error_message=_("The Flussonic server is here already."),
            ),
            models.CheckConstraint(
                condition=Q(kind="flussonic") | Q(slug__isnull=False),
                name="list_has_a_slug",
                violation_error_message=_("A list needs a slug for the names of its streams."),
            ),
        )
        triggers = (counts_as_change("is_active"),)

    def __str__(self) -> str:
        return self.name

    @property
    def is_list(self) -> bool:
        return self.kind == self.Kind.M3U

    @property
    def shown_url(self) -> str:
        """The address as it may be shown: the rest of it often holds a login."""
        return origin_of(self.url, rest="/…")


def origin_of(url: str, *, rest: str = "") -> str:
    """Return scheme, host and port, and ``rest`` after them; nothing where there is no host."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "…"
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{rest}" if host else ""


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def waiting(self) -> Self:
        return self.filter(state=ImportRun.State.WAITING)

    def written(self) -> Self:
        """Keep those that have changed channels, or may be about to."""
        return self.filter(state__in=(ImportRun.State.IMPORTING, ImportRun.State.DONE))

    def started_before(self, moment: datetime) -> Self:
        return self.filter(started_at__lt=moment)


class ImportRun(InProgress):
    """One import of a source's list: who asked, how far it is, what it did."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for the worker")
        READING = "reading", _("is being read")
        READY = "ready", _("waits for your decision")
        IMPORTING = "importing", _("is being imported")
        DONE = "done", _("imported")
        UNCHANGED = "unchanged", _("nothing new")
        REFUSED = "refused", _("refused: too much would be gone")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        UNDONE = "undone", _("undone")

    AT_WORK = (State.WAITING, State.READING, State.IMPORTING)

    source = models.ForeignKey(Source, verbose_name=_("source"), on_delete=models.CASCADE, related_name="runs")
    state = models.CharField(_("result"), max_length=10, choices=State, default=State.WAITING)
    only_look = models.BooleanField(default=False, help_text="Read the list and stop at READY, for staff to decide.")
    forced = models.BooleanField(_("forced"), default=False)
    cancel_asked = models.BooleanField(default=False)
    was_given = models.BooleanField(default=False, help_text="Pasted or uploaded: nothing is fetched in its place.")
    actor = models.CharField(
        _("asked by"), max_length=150, blank=True, help_text=_("Who asked for it; nobody for the worker's own.")
    )
    file_name = models.CharField(_("file"), max_length=255, blank=True)
    # As `import_mapping.FIELDS`; until the import is done, null stands for the source's own.
    mapping: "models.JSONField[dict[str, str] | None, dict[str, str] | None]" = models.JSONField(null=True)
    # What an import would do (`importing.Plan`), while it waits for the decision.
    plan: "models.JSONField[dict[str, Any] | None, dict[str, Any] | None]" = models.JSONField(null=True)
    content_hash = models.CharField(max_length=64, blank=True)
    etag = models.CharField(max_length=500, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    bytes_read = models.PositiveBigIntegerField(_("bytes"), default=0)
    total = models.PositiveIntegerField(_("channels in the list"), default=0)
    added = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    returned = models.PositiveIntegerField(_("returned"), default=0)
    gone = models.PositiveIntegerField(_("gone"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    error = models.TextField(_("error"), blank=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now, db_index=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("import of a list")
        verbose_name_plural = _("imports of lists")
        ordering = ("-started_at", "-id")

    def __str__(self) -> str:
        return str(self.get_state_display())


class ImportPart(models.Model):
    """A piece of the list that a run is to import, or has imported last."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        default_permissions = ()
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["run", "number"], name="import_part"),)

    def __str__(self) -> str:
        return f"part {self.number}"


class ImportReject(models.Model):
    """An entry of the list that cannot become a channel."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rejects")
    line = models.PositiveIntegerField()
    fault = models.CharField(max_length=20)
    text = models.CharField(max_length=200, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ("id",)

    def __str__(self) -> str:
        return f"line {self.line}: {self.fault}"


class ImportChange(models.Model):
    """What a run did to a channel that was there before it; those that it added have its moment as ``created_at``."""

    class Kind(models.TextChoices):
        CHANGED = "changed", _("changed")
        RETURNED = "returned", _("returned")
        GONE = "gone", _("gone")

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="changes")
    channel = models.ForeignKey("channels.Channel", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=255)
    # The columns that the run wrote, as they were; of one that is gone, nothing: its status alone was another.
    before: "models.JSONField[dict[str, Any] | None, dict[str, Any] | None]" = models.JSONField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name
