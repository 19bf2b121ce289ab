"""The staff's own accounts, and the API tokens that act for them."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from knox.models import AbstractAuthToken


class User(AbstractUser):  # type: ignore[django-manager-missing]  # knox's manager of tokens has no types
    """A member of staff. Ours from the first migration, so that it can grow."""

    class Meta(AbstractUser.Meta):
        swappable = "AUTH_USER_MODEL"


class ApiToken(AbstractAuthToken):  # type: ignore[misc]  # knox ships no types
    """What a program calls the API with, on behalf of its owner and with the owner's permissions."""

    # Not the primary key, as it is for knox: addresses of the admin and other tables refer to a token by its id.
    digest = models.CharField(max_length=128, unique=True, editable=False)
    name = models.CharField(max_length=100, help_text="Which program uses it, such as the billing system.")
    read_only = models.BooleanField(default=False, help_text="It may look at everything, and change nothing.")
    last_used_at = models.DateTimeField("last used", null=True, editable=False)

    class Meta:
        ordering = ("-created", "-id")
        verbose_name = "API token"

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
