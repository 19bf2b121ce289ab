"""The staff's own accounts."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A member of staff. Ours from the first migration, so that it can grow."""

    class Meta(AbstractUser.Meta):
        swappable = "AUTH_USER_MODEL"
