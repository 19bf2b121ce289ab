"""Three ready roles for staff: viewer, operator, administrator."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

LOOK = {
    "channels": ("group", "channel", "source"),
    "catalog": ("package", "tariff"),
    "subscribers": ("subscriber", "outboxentry"),
    "integrations": ("syncrun", "reconcilerun", "remotetoken"),
}
VIEWER = {f"{app}.view_{model}" for app, models in LOOK.items() for model in models}
OPERATOR = VIEWER | {
    "channels.change_channel",
    "channels.delete_channel",
    "subscribers.view_token",
    *(
        f"{app}.{verb}_{model}"
        for app, model in (
            ("channels", "group"),
            ("catalog", "package"),
            ("catalog", "tariff"),
            ("subscribers", "subscriber"),
        )
        for verb in ("add", "change", "delete")
    ),
}
ADMINISTRATOR = OPERATOR | {
    "channels.change_source",
    *(
        f"{app}.{verb}_{model}"
        for app, model in (("playlist_project", "user"), ("playlist_project", "apitoken"), ("auth", "group"))
        for verb in ("view", "add", "change", "delete")
    ),
}
ROLES = {"viewer": VIEWER, "operator": OPERATOR, "administrator": ADMINISTRATOR}


def make_roles(apps, schema_editor):
    """Make the roles that are not there; one of the same name is somebody's own and stays as it is."""
    # Django makes permissions only after all migrations.
    for app_config in apps.get_app_configs():
        before = getattr(app_config, "models_module", None)
        app_config.models_module = True  # or it is passed over
        create_permissions(app_config, apps=apps, verbosity=0)
        app_config.models_module = before
    Role, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    by_name = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for name, permissions in ROLES.items():
        role, is_new = Role.objects.get_or_create(name=name)
        if is_new:
            role.permissions.set([by_name[permission] for permission in permissions])


class Migration(migrations.Migration):
    dependencies = [
        ("playlist_project", "0003_idempotency_keys"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("channels", "0005_search_index"),
        ("catalog", "0003_history_in_order"),
        ("subscribers", "0007_view_token"),
        ("integrations", "0002_a_delivery_asks_for_those_at_their_end"),
    ]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop, elidable=False)]
