"""Staff log in and out: a session for browsers. Programs use API tokens."""

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from playlist_project.api import codes
from playlist_project.api.errors import ApiError
from playlist_project.api.fields import StrictCharField
from playlist_project.api.schema import NOTHING
from playlist_project.api.serializers import AnyModelSerializer, StrictSerializer
from playlist_project.api.views import ApiView
from playlist_project.models import User


class LoginSerializer(StrictSerializer):
    username = StrictCharField(max_length=150)
    password = StrictCharField(max_length=4096, trim_whitespace=False, write_only=True)


class AccountSerializer(AnyModelSerializer):
    email = serializers.CharField(help_text="Empty where there is none.")
    permissions = serializers.SerializerMethodField(help_text="Such as catalog.change_package; all of them, sorted.")

    class Meta:
        model = User
        fields = ("id", "username", "first_name", "last_name", "email", "is_superuser", "permissions")

    def get_permissions(self, user: User) -> list[str]:
        return sorted(user.get_all_permissions())


class LoginView(ApiView):
    """Open a session.

    The answer sets the cookies session_id and csrftoken; send the latter back in the header X-CSRFToken with every
    request that changes something.
    """

    # No session is looked at, so none can be abused; other sites cannot send JSON here without being asked first.
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="login", request=LoginSerializer, responses={200: AccountSerializer})
    def post(self, request: Request) -> Response:
        serializer = LoginSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        django_request = request._request
        user = authenticate(django_request, **serializer.validated_data)
        if getattr(django_request, "axes_locked_out", False):
            raise Throttled(settings.LOGIN_COOLOFF_MINUTES * 60, _("Too many failed logins."))
        if not isinstance(user, User) or not user.is_staff:
            raise ApiError(codes.INVALID_CREDENTIALS, _("The username or the password is wrong."))
        login(django_request, user)
        return Response(AccountSerializer(user).data)


class LogoutView(ApiView):
    """Close the session; without one, nothing happens."""

    permission_classes = (AllowAny,)

    @extend_schema(operation_id="logout", request=None, responses={200: NOTHING})
    def post(self, request: Request) -> Response:
        logout(request._request)
        return Response({})


class MeView(ApiView):
    """Tell whose session or token this is."""

    required_permissions = ()

    @extend_schema(operation_id="me", responses={200: AccountSerializer})
    def get(self, request: Request) -> Response:
        get_token(request._request)  # sets the cookie that changes by session need, also after a login to the admin
        data: Any = AccountSerializer(request.user).data
        return Response(data)
