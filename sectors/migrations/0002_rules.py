"""A token's sector is a sector of its project."""

from django.db import migrations

TOKEN = """
ALTER TABLE orgs_apitoken
  ADD CONSTRAINT token_sector_of_project
  FOREIGN KEY (project_id, sector_id) REFERENCES sectors_sector (project_id, id);
"""


class Migration(migrations.Migration):
    dependencies = [("sectors", "0001_initial")]

    operations = [
        migrations.RunSQL(
            TOKEN, "ALTER TABLE orgs_apitoken DROP CONSTRAINT token_sector_of_project;"
        ),
    ]
