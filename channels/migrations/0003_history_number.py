from django.db import migrations


class Migration(migrations.Migration):
    """One sequence for all tables of history: within a transaction it tells what came first."""

    dependencies = [
        ('channels', '0002_room_for_last_seen'),
    ]

    operations = [
        migrations.RunSQL('CREATE SEQUENCE history_number', reverse_sql='DROP SEQUENCE history_number'),
    ]
