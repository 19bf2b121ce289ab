from django.db import migrations

from channels.search import create_search_index, drop_search_index, no_search_index

TABLE = 'channels_channel'
COLUMNS = ('stream_name', 'display_name', 'tvg_name', 'tvg_id')


def create(apps, schema_editor):
    if not create_search_index(schema_editor.connection, TABLE, COLUMNS):
        print(f'\n    {no_search_index(TABLE)}')


def drop(apps, schema_editor):
    drop_search_index(schema_editor.connection, TABLE)


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0004_history_in_order'),
    ]

    operations = [
        migrations.RunPython(create, drop),
    ]
