from django.db import migrations

from channels.search import create_search_index, drop_search_index, no_search_index

TABLE = 'subscribers_subscriber'
COLUMNS = ('first_name', 'last_name', 'agreement_number', 'username')


def create(apps, schema_editor):
    if not create_search_index(schema_editor.connection, TABLE, COLUMNS):
        print(f'\n    {no_search_index(TABLE)}')


def drop(apps, schema_editor):
    drop_search_index(schema_editor.connection, TABLE)


class Migration(migrations.Migration):

    dependencies = [
        ('subscribers', '0005_history_floor'),
    ]

    operations = [
        migrations.RunPython(create, drop),
    ]
