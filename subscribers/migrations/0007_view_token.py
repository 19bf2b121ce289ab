from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('subscribers', '0006_search_index'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='subscriber',
            options={
                'ordering': ('last_name', 'first_name', 'id'),
                'permissions': (('view_token', 'Can see tokens and playlists'),),
            },
        ),
    ]
