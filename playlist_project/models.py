"""The staff's own accounts, the API tokens that act for them, and what was done by an Idempotency-Key already."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken


class User(AbstractUser):  # type: ignore[django-manager-missing]  # knox's manager of tokens has no types
    """A member of staff. Ours from the first migration, so that it can grow."""

    class Meta(AbstractUser.Meta):
        swappable = "AUTH_USER_MODEL"


class ApiToken(AbstractAuthToken):  # type: ignore[misc]  # knox ships no types
    """What a program calls the API with, on behalf of its owner and with the owner's permissions."""

    # Not the primary key, as it is for knox: addresses of the admin and other tables refer to a token by its id.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), on_delete=models.CASCADE, related_name="auth_token_set"
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)
    expiry = models.DateTimeField(_("valid until"), null=True, blank=True)
    digest = models.CharField(max_length=128, unique=True, editable=False)
    name = models.CharField(
        _("name"), max_length=100, help_text=_("Which program uses it, such as the billing system.")
    )
    read_only = models.BooleanField(
        _("read-only"), default=False, help_text=_("It may look at everything, and change nothing.")
    )
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    class Meta:
        ordering = ("-created", "-id")
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.name


class ApiRequests(models.Model):
    """How often a token was used in the present period. The table is not logged: a crash may forget it."""

    token = models.OneToOneField(ApiToken, primary_key=True, on_delete=models.CASCADE, related_name="+")
    period = models.BigIntegerField()
    requests = models.IntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.requests} in {self.period}"


class IdempotencyKey(models.Model):
    """A request that was done, under the key that its sender gave it, so that a repeat is answered and not done."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    # Written with the change, in its transaction: what the answer is made of where nobody lived to keep the answer.
    result = models.JSONField(null=True)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=["owner", "key"], name="idempotency_key_once_for_each_owner"),)

    def __str__(self) -> str:
        return self.key
