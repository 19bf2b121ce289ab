"""What can be watched: channels, the groups they are shown in, and where they come from."""

from typing import Self

import pghistory
from django.db import models
from django.db.models import F, Func, Max, Q, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext_lazy as _

from channels.catalogue import counts_as_change
from channels.guide_models import (
    GuideChannel,
    GuideFeed,
    GuideFeedPart,
    GuidePiece,
    GuideProgramme,
    GuideRun,
    GuideSource,
)
from channels.history import UpdateEvent, track, unindexed
from channels.source_models import ImportChange, ImportPart, ImportReject, ImportRun, Source, SourceQuerySet

__all__ = [
    "PLAYLIST_COLUMNS",
    "CatalogueChange",
    "Channel",
    "ChannelQuerySet",
    "Group",
    "GroupQuerySet",
    "GuideChannel",
    "GuideFeed",
    "GuideFeedPart",
    "GuidePiece",
    "GuideProgramme",
    "GuideRun",
    "GuideSource",
    "ImportChange",
    "ImportPart",
    "ImportReject",
    "ImportRun",
    "Source",
    "SourceQuerySet",
    "count_of",
    "next_position",
]


def next_position(model: type[models.Model]) -> int:
    """Return the ``sort_order`` that puts a new row at the end."""
    highest: int = model._default_manager.aggregate(highest=Coalesce(Max("sort_order"), 0))["highest"]
    return highest + 1


def count_of(rows: models.QuerySet[models.Model], by: str) -> Coalesce:
    """Count the rows that belong to the outer row, by a subquery: a join would multiply rows before counting."""
    counts = rows.filter(**{by: models.OuterRef("pk")}).order_by().values(by).annotate(n=models.Count("pk"))
    return Coalesce(models.Subquery(counts.values("n")), 0)


class GroupQuerySet(models.QuerySet["Group"]):
    def with_channel_count(self) -> Self:
        return self.annotate(channel_count=count_of(Channel.objects.all(), "group"))


@track(
    pghistory.InsertEvent(),
    UpdateEvent(),
    pghistory.DeleteEvent(),
    fields=["id", "name"],
    model_name="GroupEvent",
)
class Group(models.Model):
    """A heading under which a playlist lists its channels."""

    name = models.CharField(
        _("name"), max_length=100, unique=True, error_messages={"unique": _("A group has this name already.")}
    )
    sort_order = models.IntegerField(
        _("order"), default=0, db_index=True, help_text=_("Position of the group in playlists.")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = GroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ("sort_order", "id")
        indexes = (models.Index(fields=["sort_order", "id"], name="group_in_order"),)
        triggers = (counts_as_change("name", "sort_order"),)

    def __str__(self) -> str:
        return self.name


class ChannelQuerySet(models.QuerySet["Channel"]):
    def deliverable(self) -> Self:
        """Leave out what staff or the source have switched off."""
        return self.filter(is_active=True, source__is_active=True)

    def in_playlist_order(self) -> Self:
        """Sort by the group's place (no group last), then the channel's, then age."""
        return self.order_by(F("group__sort_order").asc(nulls_last=True), "sort_order", "pk")

    def synced(self) -> Self:
        return self.filter(sync_status=Channel.SyncStatus.SYNCED)

    def orphaned(self) -> Self:
        return self.filter(sync_status=Channel.SyncStatus.ORPHANED)


# What players are shown of a channel. Not last_seen_at, which every sync writes.
PLAYLIST_COLUMNS = (
    *("source_id", "stream_name", "tvg_name", "display_name", "stream_base_url", "catchup_days", "sync_status"),
    *("tvg_id", "tvg_logo", "group_id", "sort_order", "is_active", "source_url"),
)


@track(
    pghistory.InsertEvent(),
    UpdateEvent(),
    pghistory.DeleteEvent(),
    # What a sync writes is no news; of the logo, the hash is enough.
    fields=["id", "stream_name", "tvg_id", "group", "is_active", "source"],
    attrs={
        "logo_ref": models.TextField(null=True),
        "group": unindexed("channels.Group", null=True),
        "source": unindexed("channels.Source"),
    },
    model_name="ChannelEvent",
)
class Channel(models.Model):
    """A live stream that can be offered to subscribers.

    Columns have owners. A sync writes ``SOURCE_FIELDS`` and nothing else; operators own
    ``OPERATOR_FIELDS``; ``IDENTITY_FIELDS`` are set once. ``tests/test_field_ownership.py``
    holds that line.
    """

    SOURCE_FIELDS = (
        "tvg_name",
        "display_name",
        "stream_base_url",
        "catchup_days",
        "quality",
        "sync_status",
        "last_seen_at",
        "source_url",
        "listed_name",
        "listed_tvg_id",
        "listed_logo",
        "listed_group",
    )
    # A list fills these too: what staff have changed stays, what they left follows it (`importing.py`).
    MERGED_FIELDS = ("display_name", "tvg_id", "tvg_logo", "group")
    OPERATOR_FIELDS = ("tvg_id", "tvg_logo", "group", "sort_order", "is_active")
    IDENTITY_FIELDS = ("id", "source", "stream_name", "created_at")
    # Follow from the others: when the row changed, and what a playlist has to know of the logo.
    DERIVED_FIELDS = ("updated_at", "logo_ref")

    SEARCHED = ("stream_name", "display_name", "tvg_name", "tvg_id")

    class SyncStatus(models.TextChoices):
        SYNCED = "synced", _("synced")
        ORPHANED = "orphaned", _("orphaned")

    source = models.ForeignKey(Source, verbose_name=_("source"), on_delete=models.PROTECT, related_name="channels")
    stream_name = models.CharField(
        _("stream name"), max_length=255, unique=True, help_text=_("The stream's name at its source.")
    )
    tvg_name = models.CharField(_("TVG name"), max_length=255, null=True, blank=True)
    display_name = models.CharField(_("display name"), max_length=255, null=True, blank=True)
    # Empty where players open the address at the source itself.
    stream_base_url = models.CharField(_("stream base URL"), max_length=500, blank=True)
    catchup_days = models.PositiveIntegerField(_("catch-up days"), null=True, blank=True)
    quality = models.CharField(
        _("quality"), max_length=10, blank=True, help_text=_("From the height of the picture: SD, HD, FHD, 4K.")
    )
    sync_status = models.CharField(_("status"), max_length=10, choices=SyncStatus, default=SyncStatus.SYNCED)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True)

    # Of a channel out of a list: where it plays there, and what the list last said of what staff may change.
    source_url = models.TextField(_("address at the source"), blank=True, default="", db_default="")
    listed_name = models.CharField(max_length=255, null=True)
    listed_tvg_id = models.CharField(max_length=100, null=True)
    listed_logo = models.TextField(null=True)
    listed_group = models.CharField(max_length=100, null=True)

    tvg_id = models.CharField(_("TVG ID"), max_length=100, null=True, blank=True, help_text=_("EPG id."))
    tvg_logo = models.TextField(
        _("logo"), null=True, blank=True, help_text=_("An http(s) URL or an image as a data URI.")
    )
    group = models.ForeignKey(
        Group, verbose_name=_("group"), null=True, blank=True, on_delete=models.SET_NULL, related_name="channels"
    )
    sort_order = models.IntegerField(_("order"), default=0, help_text=_("Position in its group."))
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Switch off to hide the channel from everyone.")
    )

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    # A URL as it is, an image by its hash: playlists of thousands never read the images themselves.
    logo_ref = models.GeneratedField(
        expression=models.Case(
            models.When(tvg_logo__startswith="http", then=F("tvg_logo")),
            default=Func(NullIf(F("tvg_logo"), Value("", models.TextField())), function="md5"),
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ("sort_order", "id")
        # No more than are used: each costs an import of ninety thousand a tenth of a second.
        indexes = (
            models.Index(fields=["sort_order", "id"], name="channel_in_order"),
            models.Index(fields=["tvg_id"], name="channel_by_tvg_id"),
            models.Index(fields=["id"], name="channel_orphaned", condition=Q(sync_status="orphaned")),
        )
        constraints = (
            models.CheckConstraint(
                condition=~Q(stream_name=Value("")),
                name="channel_has_a_stream_name",
                violation_error_message=_("A channel needs the name of its stream."),
            ),
        )
        triggers = (counts_as_change(*PLAYLIST_COLUMNS),)

    def __str__(self) -> str:
        return self.display_name or self.stream_name


class CatalogueChange(models.Model):
    """A change to what playlists are made of; what it was is not told (`catalogue.py`)."""

    mark = models.DecimalField(max_digits=40, decimal_places=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.mark)
