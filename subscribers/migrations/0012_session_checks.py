from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0011_login_failures")]
    operations = []
