"""The tag for silent contacts is one of the sector, and in use: neither archived nor merged while it is."""

from django.db import migrations

TAG = """
ALTER TABLE tickets_attendancerules
  ADD CONSTRAINT attendance_tag_of_sector
  FOREIGN KEY (sector_id, close_tag_id) REFERENCES tags_tag (sector_id, id);
"""

TAG_BACK = "ALTER TABLE tickets_attendancerules DROP CONSTRAINT attendance_tag_of_sector;"

# The share lock on the tag's row makes choosing it here and its archiving follow one another.
IN_USE = """
CREATE FUNCTION tickets_attendance_tag_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong boolean;
BEGIN
  IF TG_TABLE_NAME = 'tags_tag' THEN
    wrong := EXISTS (SELECT 1 FROM tickets_attendancerules WHERE close_tag_id = NEW.id);
  ELSE
    PERFORM 1 FROM tags_tag WHERE id = NEW.close_tag_id AND archived_at IS NULL AND NOT closed_by_flow FOR SHARE;
    wrong := NOT FOUND;
  END IF;
  IF wrong THEN
    RAISE EXCEPTION 'tickets of silent contacts are closed with a tag that is in use'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'attendance_tag_in_use';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER attendance_tag_in_use AFTER INSERT OR UPDATE OF close_tag_id ON tickets_attendancerules
  FOR EACH ROW WHEN (NEW.close_tag_id IS NOT NULL) EXECUTE FUNCTION tickets_attendance_tag_in_use();
CREATE CONSTRAINT TRIGGER attendance_tag_in_use AFTER UPDATE OF archived_at ON tags_tag
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.archived_at IS NOT NULL) EXECUTE FUNCTION tickets_attendance_tag_in_use();
"""

IN_USE_BACK = """
DROP TRIGGER attendance_tag_in_use ON tags_tag;
DROP TRIGGER attendance_tag_in_use ON tickets_attendancerules;
DROP FUNCTION tickets_attendance_tag_in_use();
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0008_attending")]

    operations = [migrations.RunSQL(TAG, TAG_BACK), migrations.RunSQL(IN_USE, IN_USE_BACK)]
