from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("integrations", "0003_names_to_translate")]
    operations = []
