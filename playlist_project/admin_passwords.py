"""The forms that give a staff account its password.

Django's own speak of ways to log in that there are none of here, and warn in English whatever the language.
"""

from typing import Any

from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

WITHOUT = _("Without a password nobody can log in with this account. Its API tokens go on working.")
# Django's scripts and styles show the warning by its id once "Disabled" is chosen.
WARNING = '{} <ul id="id_unusable_warning" class="messagelist"><li class="warning">{}</li></ul>'


class NewAccountForm(AdminUserCreationForm):  # type: ignore[type-arg]  # it takes none at run time
    usable_password = AdminUserCreationForm.create_usable_password_field(WITHOUT)


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]  # it takes none at run time
    usable_password_help_text: Any = format_lazy(WARNING, WITHOUT, _("The present password of this account is lost."))
