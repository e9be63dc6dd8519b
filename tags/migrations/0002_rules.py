"""A sector that is not archived keeps at least one live tag, also when two are archived at once."""

from django.db import migrations

# Deferred to the end of the transaction, so that a sector can be made before its first tag. The row lock
# makes parallel removals follow one another, so that the second sees the first.
KEEP = """
CREATE FUNCTION tags_keep_one() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE sector uuid;
BEGIN
  IF TG_TABLE_NAME = 'sectors_sector' THEN
    sector := NEW.id;
  ELSE
    sector := OLD.sector_id;
  END IF;
  PERFORM 1 FROM sectors_sector WHERE id = sector AND archived_at IS NULL FOR NO KEY UPDATE;
  IF FOUND AND NOT EXISTS (
    SELECT 1 FROM tags_tag WHERE sector_id = sector AND archived_at IS NULL AND NOT closed_by_flow) THEN
    RAISE EXCEPTION 'a sector keeps at least one tag'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'sector_keeps_tag';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER sector_keeps_tag
  AFTER UPDATE OR DELETE ON tags_tag
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tags_keep_one();
CREATE CONSTRAINT TRIGGER sector_keeps_tag
  AFTER INSERT OR UPDATE OF archived_at ON sectors_sector
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tags_keep_one();
"""

KEEP_BACK = """
DROP TRIGGER sector_keeps_tag ON sectors_sector;
DROP TRIGGER sector_keeps_tag ON tags_tag;
DROP FUNCTION tags_keep_one();
"""


class Migration(migrations.Migration):
    dependencies = [("tags", "0001_initial"), ("sectors", "0002_rules")]

    operations = [migrations.RunSQL(KEEP, KEEP_BACK)]
