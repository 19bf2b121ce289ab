"""What the three ready roles may do with what came with players: guide, activity, authorisation."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

LOOK = {"channels.view_guidesource", "integrations.view_authdecision", "subscribers.view_sessioncheck"}
WORK = {
    *("channels.add_guidesource", "channels.change_guidesource", "channels.delete_guidesource"),
    # Both tell of single subscribers, as tokens do.
    "subscribers.view_activity",
}
# Role, what it holds unless somebody has cut it down to less, and what it is given then.
GIVEN = (
    ("viewer", "channels.view_channel", LOOK),
    ("operator", "subscribers.view_token", LOOK | WORK),
    ("administrator", "subscribers.view_token", LOOK | WORK),
)


def extend_roles(apps, schema_editor):
    """Give the permissions to those of the ready roles that have not been cut down to less."""
    # Django makes permissions only after all migrations.
    for label in ("channels", "subscribers", "integrations"):
        app_config = apps.get_app_config(label)
        before = getattr(app_config, "models_module", None)
        app_config.models_module = True  # or it is passed over
        create_permissions(app_config, apps=apps, verbosity=0)
        app_config.models_module = before
    Role, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    by_name = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for name, held, given in GIVEN:
        for role in Role.objects.filter(name=name, permissions=by_name[held]):
            role.permissions.add(*(by_name[permission] for permission in given))


class Migration(migrations.Migration):
    dependencies = [
        ("playlist_project", "0006_names_of_api_tokens"),
        ("channels", "0008_guide"),
        ("subscribers", "0011_session_checks"),
        ("integrations", "0004_authorisation"),
    ]
    operations = [migrations.RunPython(extend_roles, migrations.RunPython.noop, elidable=False)]
