"""The guide's tables: where it comes from, what the sources name, and what is kept of it for our channels."""

from datetime import datetime
from typing import Self
from urllib.parse import urlsplit

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels.catalogue import counts_as_change
from channels.progress import InProgress

HOURS_OF_REFRESH = 12


class GuideSourceQuerySet(models.QuerySet["GuideSource"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def due(self, now: datetime) -> Self:
        """Keep those whose next refresh is due; without an address, once there was an upload."""
        has_feed = Q(imported_for__isnull=False) | ~Q(url="")
        return self.active().filter(has_feed, Q(next_at=None) | Q(next_at__lte=now))

    def failing(self) -> Self:
        """Keep the active ones whose last refresh failed."""
        ended = GuideRun.objects.filter(source=OuterRef("pk")).exclude(state__in=GuideRun.AT_WORK)
        return self.active().alias(last=Subquery(ended.values("state")[:1])).filter(last=GuideRun.State.FAILED)


class GuideSource(models.Model):
    """A feed in the XMLTV format, fetched from its address or uploaded.

    Of several that have a channel's programmes, the first by ``sort_order`` gives them.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    url = models.CharField(
        _("address"),
        max_length=2_000,
        blank=True,
        help_text=_("Of an XMLTV file: plain, gzip, xz or zip. Leave it empty to upload files by hand."),
    )
    sort_order = models.PositiveIntegerField(
        _("priority"),
        default=1,
        help_text=_("Where several sources have a channel's programmes, the smallest number wins."),
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("An inactive source is not refreshed, and players do not see it.")
    )
    refresh_hours = models.PositiveSmallIntegerField(_("hours between refreshes"), default=HOURS_OF_REFRESH)
    # What the server said of the copy that was imported last, to ask whether there is a newer one.
    etag = models.CharField(max_length=500, blank=True, editable=False)
    last_modified = models.CharField(max_length=100, blank=True, editable=False)
    # Of what the guide was made: the feed, the catalogue with our mapping, and the day that the window counts from.
    content_hash = models.CharField(max_length=64, blank=True, editable=False)
    catalogue_version = models.CharField(max_length=50, blank=True, editable=False)
    imported_for = models.DateField(null=True, editable=False)
    next_at = models.DateTimeField(_("next refresh"), null=True, editable=False)
    succeeded_at = models.DateTimeField(_("last success"), null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = GuideSourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("guide source")
        verbose_name_plural = _("guide sources")
        ordering = ("sort_order", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(refresh_hours__gte=1),
                name="guide_source_is_refreshed_hourly_at_most",
                violation_error_message=_("A source is refreshed once an hour at most."),
            ),
        )
        triggers = (counts_as_change("is_active"),)  # playlists name the guide while there is one

    def __str__(self) -> str:
        return self.name

    @property
    def shown_url(self) -> str:
        """The address as it may be shown: many hold a key in the query or the path."""
        try:
            parts = urlsplit(self.url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return "…"
        if not host:
            return ""
        return f"{parts.scheme}://{host}{f':{port}' if port else ''}/…"


class GuideFeed(models.Model):
    """A feed as it came: the one that the guide was made of, or an upload that waits for the worker."""

    source = models.ForeignKey(GuideSource, on_delete=models.CASCADE, related_name="feeds")
    file_name = models.CharField(max_length=255, blank=True)
    is_current = models.BooleanField(default=False)
    size = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        ordering = ("id",)

    def __str__(self) -> str:
        return self.file_name or f"feed {self.pk}"


class GuideFeedPart(models.Model):
    """A piece of a feed: in pieces, it is never in memory as a whole."""

    feed = models.ForeignKey(GuideFeed, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        default_permissions = ()
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["feed", "number"], name="guide_feed_part"),)

    def __str__(self) -> str:
        return f"part {self.number}"


class GuideChannel(models.Model):
    """A channel that a feed names, whether or not it is one of ours."""

    source = models.ForeignKey(GuideSource, on_delete=models.CASCADE, related_name="guide_channels")
    xmltv_id = models.CharField(_("XMLTV id"), max_length=255)
    names: "models.JSONField[list[str], list[str]]" = models.JSONField(_("names"), default=list)
    programmes_in_feed = models.PositiveIntegerField(
        _("programmes"), default=0, help_text=_("Within the days that are kept.")
    )

    class Meta:
        default_permissions = ()
        ordering = ("source", "xmltv_id")
        constraints = (models.UniqueConstraint(fields=["source", "xmltv_id"], name="guide_channel_in_source"),)

    def __str__(self) -> str:
        return self.names[0] if self.names else self.xmltv_id


class GuideProgramme(models.Model):
    """What is on: only of channels that are mapped; those of one do not overlap."""

    guide_channel = models.ForeignKey(GuideChannel, on_delete=models.CASCADE, related_name="programmes", db_index=False)
    start = models.DateTimeField()
    stop = models.DateTimeField()
    title = models.TextField()
    description = models.TextField(blank=True)
    language = models.CharField(max_length=20, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ("guide_channel", "start")
        constraints = (
            models.UniqueConstraint(fields=["guide_channel", "start"], name="guide_programme_by_start"),
            models.CheckConstraint(condition=Q(stop__gt=F("start")), name="guide_programme_lasts"),
        )

    def __str__(self) -> str:
        return self.title


class GuidePiece(models.Model):
    """The programmes of a channel as XMLTV, deflated so that pieces can be joined into one gzip file.

    For each spelling of the id that our channels have, as players compare letter by letter. A piece is never changed,
    only replaced by another: whoever finds all the pieces of a list has what belongs together.
    """

    guide_channel = models.ForeignKey(GuideChannel, on_delete=models.CASCADE, related_name="pieces")
    tvg_id = models.CharField(max_length=100, db_index=True, help_text="Channel.tvg_id, letter by letter.")
    content = models.BinaryField()
    size = models.PositiveBigIntegerField(help_text="Of the text before it was deflated.")
    crc = models.PositiveBigIntegerField()
    factor = models.PositiveBigIntegerField(help_text="By which a CRC moves on over that many bytes.")
    ends_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["guide_channel", "tvg_id"], name="guide_piece_by_spelling"),)

    def __str__(self) -> str:
        return self.tvg_id


class GuideRunQuerySet(models.QuerySet["GuideRun"]):
    def waiting(self) -> Self:
        return self.filter(state=GuideRun.State.WAITING)

    def started_before(self, moment: datetime) -> Self:
        return self.filter(started_at__lt=moment)


class GuideRun(InProgress):
    """One refresh of a source: who asked, how far it is, and how it ended."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for the worker")
        FETCHING = "fetching", _("is being fetched")
        IMPORTING = "importing", _("is being imported")
        DONE = "done", _("done")
        UNCHANGED = "unchanged", _("nothing new")
        FAILED = "failed", _("failed")

    AT_WORK = (State.WAITING, State.FETCHING, State.IMPORTING)

    source = models.ForeignKey(GuideSource, verbose_name=_("source"), on_delete=models.CASCADE, related_name="runs")
    state = models.CharField(_("result"), max_length=10, choices=State, default=State.WAITING)
    forced = models.BooleanField(_("forced"), default=False)
    actor = models.CharField(
        _("asked by"), max_length=150, blank=True, help_text=_("Who asked for it; nobody for the worker's own.")
    )
    bytes_read = models.PositiveBigIntegerField(_("bytes"), default=0)
    channels_named = models.PositiveIntegerField(_("channels named"), default=0)
    channels_ours = models.PositiveIntegerField(_("of them ours"), default=0)
    programmes_read = models.PositiveIntegerField(_("programmes read"), default=0)
    programmes_kept = models.PositiveIntegerField(_("kept"), default=0)
    skipped = models.PositiveIntegerField(_("unusable"), default=0, help_text=_("Programmes without a usable time."))
    error = models.TextField(_("error"), blank=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now, db_index=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = GuideRunQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("refresh of the guide")
        verbose_name_plural = _("refreshes of the guide")
        ordering = ("-started_at", "-id")

    def __str__(self) -> str:
        return str(self.get_state_display())
