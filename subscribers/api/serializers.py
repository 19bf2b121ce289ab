"""How subscribers look in the API, where they are called users."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Package, Tariff
from channels.models import Channel
from playlist_project.api.fields import IdsField, StrictCharField, StrictIntegerField, UtcDateTimeField
from playlist_project.api.serializers import StrictModelSerializer, StrictSerializer
from subscribers import services
from subscribers.models import MOST_SESSIONS, VIEW_TOKEN, Subscriber
from subscribers.passwords import LONGEST, SHORTEST, check_typed
from subscribers.usernames import check_username

MOST_DAYS = 36_500
TOLD = (
    "id",
    "first_name",
    "last_name",
    "agreement_number",
    "status",
    "max_sessions",
    "valid_from",
    "valid_until",
    "username",
    "email",
    "notes",
    "external_id",
    "last_access",
    "bytes_used",
    "tariff_ids",
    "package_ids",
    "created_at",
    "updated_at",
)
USERNAME_RULE = "Players put it into addresses: Latin letters, digits and . _ @ - can be used."
KEPT_BY_US = ("token", "auth_token_id", "last_access", "bytes_used", "created_at", "updated_at")


class AuthSyncSerializer(StrictSerializer):
    """Where the user's token stands with the Auth Service."""

    state = serializers.ChoiceField(choices=["delivered", "pending", "failing", "not_configured"])
    since = UtcDateTimeField(allow_null=True, help_text="Since when it is pending or failing.")
    error = serializers.CharField(allow_blank=True)


class UserInListSerializer(StrictModelSerializer):
    """A user in a list: without token and single channels."""

    tariff_ids = IdsField(queryset=Tariff.objects.all(), source="tariffs", required=False)
    package_ids = IdsField(queryset=Package.objects.all(), source="packages", required=False)
    max_sessions = StrictIntegerField(min_value=1, max_value=MOST_SESSIONS, required=False)

    class Meta:
        model = Subscriber
        fields: tuple[str, ...] = TOLD
        read_only_fields: tuple[str, ...] = KEPT_BY_US
        extra_kwargs: dict[str, Any] = {
            # "" would be a name that one user alone can have.
            "username": {"allow_blank": False, "help_text": USERNAME_RULE},
            "external_id": {"allow_blank": False},
        }

    def validate_username(self, username: str | None) -> str | None:
        """Names from before this rule stay."""
        if username and username != getattr(self.instance, "username", None):
            try:
                check_username(username)
            except ValidationError as exc:
                raise serializers.ValidationError(exc.messages) from exc
        return username


class UserSerializer(UserInListSerializer):
    """A user, with the token and all that they hold."""

    channel_ids = IdsField(
        queryset=Channel.objects.all(), source="channels", required=False, help_text="Held directly, beside packages."
    )
    token = serializers.CharField(
        read_only=True,
        allow_null=True,
        help_text="Null where this account lacks the permission to see tokens and playlists.",
    )
    has_password = serializers.BooleanField(read_only=True, help_text="Whether players can log in with the username.")
    auth_sync = AuthSyncSerializer(read_only=True)

    class Meta(UserInListSerializer.Meta):
        fields = (*TOLD, "token", "auth_token_id", "channel_ids", "has_password", "auth_sync")

    def to_representation(self, instance: Subscriber) -> dict[str, Any]:
        user: dict[str, Any] = super().to_representation(instance)
        return user if self.context["request"].user.has_perm(VIEW_TOKEN) else {**user, "token": None}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        def moment(name: str) -> datetime | None:
            present: datetime | None = attrs.get(name, getattr(self.instance, name, None))
            return present

        begin, end = moment("valid_from"), moment("valid_until")
        if begin and end and end <= begin:
            wrong = "valid_until" if "valid_until" in attrs else "valid_from"
            raise serializers.ValidationError({wrong: ["The end of validity must lie after its beginning."]})
        return attrs

    def create(self, validated_data: Any) -> Subscriber:
        return services.create(validated_data, now=timezone.now())

    def update(self, instance: Subscriber, validated_data: Any) -> Subscriber:
        services.change(instance, validated_data)
        return instance


class DeletedUserSerializer(StrictSerializer):
    id = serializers.IntegerField(help_text="Of the user who is gone.")
    auth_sync = AuthSyncSerializer()


class ExtensionSerializer(StrictSerializer):
    days = StrictIntegerField(min_value=1, max_value=MOST_DAYS)


@extend_schema_field({"type": "string", "pattern": f"^[A-Za-z0-9._~-]{{{SHORTEST},{LONGEST}}}$"})
class PasswordField(StrictCharField):
    """Described by hand, as one validator says all of it."""


class NewPasswordSerializer(StrictSerializer):
    """A password that somebody chose; without one, a random one is made."""

    password = PasswordField(
        required=False,
        trim_whitespace=False,
        validators=[check_typed],
        write_only=True,
        help_text="Latin letters, digits and . _ ~ - can be used.",
    )


class CredentialsSerializer(StrictSerializer):
    """What players log in with."""

    username = serializers.CharField(allow_null=True)
    password = serializers.CharField(
        allow_null=True, help_text="One that was made at random: it is told once, here. Null otherwise."
    )


class UserCascadeSerializer(StrictSerializer):
    tariffs = serializers.IntegerField(help_text="Tariffs that the user holds.")
    packages = serializers.IntegerField(help_text="Packages that the user holds directly.")
    channels = serializers.IntegerField(help_text="Channels that the user holds directly.")
    tokens = serializers.IntegerField(help_text="Tokens that would be removed from the Auth Service.")


class ResolvedChannelSerializer(StrictModelSerializer):
    """A channel that the user may watch."""

    group_id = serializers.IntegerField(allow_null=True, read_only=True)
    group_name = serializers.CharField(source="group.name", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Channel
        fields = (
            "id",
            "stream_name",
            "display_name",
            "tvg_name",
            "tvg_id",
            "group_id",
            "group_name",
            "catchup_days",
            "sync_status",
        )


class PreviewSerializer(StrictSerializer):
    text = serializers.CharField(help_text="The beginning of the playlist.")
    channels = serializers.IntegerField(help_text="How many channels the text holds.")
    total = serializers.IntegerField(help_text="How many channels the whole playlist holds.")
