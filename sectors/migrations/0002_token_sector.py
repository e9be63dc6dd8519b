"""A token's sector is a sector of its project: here, since sectors stand above tokens."""

from django.db import migrations

CREATE = """
ALTER TABLE orgs_apitoken
  ADD CONSTRAINT token_sector_of_project
  FOREIGN KEY (project_id, sector_id) REFERENCES sectors_sector (project_id, id);
"""
DROP = "ALTER TABLE orgs_apitoken DROP CONSTRAINT token_sector_of_project;"


class Migration(migrations.Migration):
    dependencies = [("sectors", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, DROP)]
