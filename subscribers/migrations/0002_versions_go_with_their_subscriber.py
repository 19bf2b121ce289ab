"""Let the database itself delete a playlist's version with its subscriber.

A player may ask for the playlist between the two statements by which Django deletes both, and
the version that this puts on record would make the deletion fail.
"""

from django.db import migrations

CONSTRAINT = """
    ALTER TABLE subscribers_playlistversion
    DROP CONSTRAINT {old},
    ADD CONSTRAINT {new} FOREIGN KEY (subscriber_id) REFERENCES subscribers_subscriber (id)
        {on_delete} DEFERRABLE INITIALLY DEFERRED
"""
DJANGOS = "subscribers_playlist_subscriber_id_297b6f1b_fk_subscribe"
OURS = "version_goes_with_its_subscriber"


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0001_initial")]

    operations = [
        migrations.RunSQL(
            CONSTRAINT.format(old=DJANGOS, new=OURS, on_delete="ON DELETE CASCADE"),
            CONSTRAINT.format(old=OURS, new=DJANGOS, on_delete=""),
        )
    ]
