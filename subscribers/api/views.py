"""Subscribers in the API, where they are called users."""

from functools import partial
from typing import Any

from django.db.models import Prefetch
from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from channels.models import Channel
from integrations.auth_service.delivery import deliver_subscriber, send_again
from integrations.auth_service.standing import delivery_state
from integrations.remote_errors import RemoteUnavailable
from playlist_project.api import codes, idempotency
from playlist_project.api.paging import PAGED
from playlist_project.api.views import Changed, Created, Deleted, Listed, Retrieved
from playlists.entries import listed
from playlists.playlist import preview_text
from playlists.views import CONTENT_TYPE, staff_playlist_response
from subscribers import services
from subscribers.api.bulk import BulkUsersResultSerializer, BulkUsersSerializer, upsert
from subscribers.api.filters import UserFilter
from subscribers.api.serializers import (
    AuthSyncSerializer,
    CredentialsSerializer,
    DeletedUserSerializer,
    ExtensionSerializer,
    NewPasswordSerializer,
    PreviewSerializer,
    ResolvedChannelSerializer,
    UserCascadeSerializer,
    UserInListSerializer,
    UserSerializer,
)
from subscribers.entitlements import entitled_channels
from subscribers.models import VIEW_TOKEN, Subscriber

MAY_ADD = ("subscribers.add_subscriber",)
MAY_CHANGE = ("subscribers.change_subscriber",)
MAY_SEE_TOKENS = ("subscribers.view_subscriber", VIEW_TOKEN)
MAY_SET_PASSWORDS = (*MAY_CHANGE, VIEW_TOKEN)
PREVIEWED = 50


class UserRows(Retrieved, Changed):
    """One user.

    Whatever changes what a user may watch is tried at the Auth Service at once; ``auth_sync`` says where that stands.
    A change is never lost nor refused because the Auth Service does not answer.
    """

    serializer_class: Any = UserSerializer

    def get_queryset(self) -> Any:
        users = Subscriber.objects.prefetch_related("tariffs", "packages")
        # Of single channels no more than the ids: there may be thousands, with pictures in them.
        ids = Prefetch("channels", Channel.objects.only("pk").order_by("pk"))
        return users if self.action == "list" else users.prefetch_related(ids)

    def shown(self, pk: int) -> Any:
        user = self.get_queryset().get(pk=pk)
        user.auth_sync = delivery_state(pk)
        return UserSerializer(user, context=self.get_serializer_context()).data

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(self.shown(self.get_object().pk))

    def perform_update(self, serializer: Any) -> None:
        deliver_subscriber(serializer.save().pk)


class UserByExternalIdViewSet(UserRows):
    """Users by the billing system's own key."""

    lookup_field = "external_id"
    lookup_value_converter = "path"


class UserViewSet(UserRows, Listed, Created, Deleted):
    """Subscribers, called users here."""

    filterset_class = UserFilter

    def get_serializer_class(self) -> Any:
        return UserInListSerializer if self.action == "list" else super().get_serializer_class()

    @extend_schema(parameters=[idempotency.DESCRIBED])
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        def make() -> int:
            serializer = self.get_serializer(data=request.data)
            serializer.is_valid(raise_exception=True)
            pk: int = serializer.save().pk
            return pk

        def tell(pk: int) -> Any:
            deliver_subscriber(pk)
            return self.shown(pk)

        answer = idempotency.once(request, make, tell, status=201)
        if not request.user.has_perm(VIEW_TOKEN):  # the first answer may be from when they had it
            answer.data["token"] = None
        return answer

    @extend_schema(request=BulkUsersSerializer, responses=BulkUsersResultSerializer, parameters=[idempotency.DESCRIBED])
    @action(detail=False, methods=["post"], pagination_class=None, required_permissions=(*MAY_ADD, *MAY_CHANGE))
    def bulk(self, request: Request) -> Response:
        """Create many users, and change those whose agreement number is known; each of them on its own.

        One who is refused keeps nothing from the others: `results` says what became of each. Their tokens are
        delivered within seconds after the answer.
        """
        serializer = BulkUsersSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        sent = serializer.validated_data
        work = partial(upsert, sent["users"], now=timezone.now(), dry_run=sent["dry_run"])
        return Response(work()) if sent["dry_run"] else idempotency.once(request, work, dict)

    @extend_schema(responses={200: DeletedUserSerializer})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        user = self.get_object()
        pk = user.pk
        user.delete()
        return Response(DeletedUserSerializer({"id": pk, "auth_sync": deliver_subscriber(pk)}).data)

    @extend_schema(request=None, responses=UserSerializer)
    @action(detail=True, methods=["post"], url_path="regenerate-token", required_permissions=MAY_CHANGE)
    def regenerate_token(self, request: Request, pk: int) -> Response:
        """Give a user a new token. The old one is dead at once here, and soon at the Auth Service."""
        services.rotate_token(self.get_object())
        deliver_subscriber(pk)
        return Response(self.shown(pk))

    @extend_schema(request=ExtensionSerializer, responses=UserSerializer)
    @action(detail=True, methods=["post"], required_permissions=MAY_CHANGE)
    def extend(self, request: Request, pk: int) -> Response:
        """Prolong a user by so many days: from the end while that lies ahead, and from now once it has passed."""
        extension = ExtensionSerializer(data=request.data)
        extension.is_valid(raise_exception=True)
        services.extend(self.get_object(), days=extension.validated_data["days"], now=timezone.now())
        deliver_subscriber(pk)
        return Response(self.shown(pk))

    @extend_schema(request=NewPasswordSerializer, responses=CredentialsSerializer)
    @action(detail=True, methods=["post"], pagination_class=None, required_permissions=MAY_SET_PASSWORDS)
    def password(self, request: Request, pk: int) -> Response:
        """Give a user a password for players: the one that is sent, or a random one, which is told in the answer alone.

        Who has no username yet gets one. The password before is dead at once. An Idempotency-Key is not looked at: a
        random password is kept nowhere, so a repeat makes another one.
        """
        sent = NewPasswordSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        user = self.get_object()
        chosen = sent.validated_data.get("password")
        if chosen is None:
            return _credentials(user, services.generate_password(user))
        services.set_password(user, chosen)
        return _credentials(user, None)

    @extend_schema(responses={200: CredentialsSerializer})
    @password.mapping.delete
    def remove_password(self, request: Request, pk: int) -> Response:
        """Take a user's password away: players can no longer log in with the username. The token goes on working."""
        user = self.get_object()
        services.remove_password(user)
        return _credentials(user, None)

    @extend_schema(request=None, responses=AuthSyncSerializer)
    @action(detail=True, methods=["post"], required_permissions=MAY_CHANGE, remote_error_code=codes.AUTH_SERVICE_ERROR)
    def sync(self, request: Request, pk: int) -> Response:
        """Send all of a user's token to the Auth Service anew; AUTH_SERVICE_ERROR where it does not take it."""
        state = send_again(self.get_object())
        if state.state == "failing":
            raise RemoteUnavailable(state.error)
        return Response(AuthSyncSerializer(state).data)

    @extend_schema(responses=ResolvedChannelSerializer(many=True))
    @action(
        detail=True,
        url_path="resolved-channels",
        serializer_class=ResolvedChannelSerializer,
        filterset_class=None,
        query_parameters=PAGED,
    )
    def resolved_channels(self, request: Request, pk: int) -> Response:
        """List the channels that a user may watch, in the order of the playlist."""
        channels = entitled_channels(self.get_object()).in_playlist_order().select_related("group").defer("tvg_logo")
        page = self.paginate_queryset(channels)
        return self.get_paginated_response(ResolvedChannelSerializer(page, many=True).data)

    @extend_schema(responses={(200, CONTENT_TYPE): OpenApiTypes.STR})
    @action(detail=True, pagination_class=None, required_permissions=MAY_SEE_TOKENS)
    def playlist(self, request: Request, pk: int) -> HttpResponseBase:
        """Download a user's playlist, whether or not they may watch at this moment."""
        return staff_playlist_response(self.get_object(), request._request)

    @action(
        detail=True,
        url_path="playlist/preview",
        serializer_class=PreviewSerializer,
        pagination_class=None,
        required_permissions=MAY_SEE_TOKENS,
    )
    def preview(self, request: Request, pk: int) -> Response:
        """Show the beginning of a user's playlist as text."""
        user = self.get_object()
        total = listed(entitled_channels(user)).count()
        shown = {"text": preview_text(user, PREVIEWED), "channels": min(total, PREVIEWED), "total": total}
        return Response(PreviewSerializer(shown).data)

    @action(detail=True, url_path="cascade-info", serializer_class=UserCascadeSerializer, pagination_class=None)
    def cascade_info(self, request: Request, pk: int) -> Response:
        """Tell what deleting a user would touch."""
        user = self.get_object()
        held = {name: getattr(user, name).count() for name in services.HOLDINGS}
        return Response(UserCascadeSerializer({**held, "tokens": 1}).data)


def _credentials(user: Subscriber, password: str | None) -> Response:
    told = CredentialsSerializer({"username": user.username, "password": password}).data
    return Response(told, headers={"Cache-Control": "no-store"})
