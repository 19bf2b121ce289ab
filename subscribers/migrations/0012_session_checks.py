from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0010_activity")]
    operations = []
