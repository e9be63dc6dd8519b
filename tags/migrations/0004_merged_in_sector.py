"""A tag is merged into one of its own sector, and into one that is not merged itself."""

from django.db import migrations

MERGED = """
ALTER TABLE tags_tag
  ADD CONSTRAINT tag_merged_in_sector
  FOREIGN KEY (sector_id, merged_into_id) REFERENCES tags_tag (sector_id, id);
"""

# Deferred, so that a tag and those merged into it before can be turned to another one in any order. The row lock
# makes two mergings crosswise follow one another.
DIRECTLY = """
CREATE FUNCTION tags_merged_directly() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM sectors_sector WHERE id = NEW.sector_id FOR NO KEY UPDATE;
  IF EXISTS (SELECT 1 FROM tags_tag one JOIN tags_tag other ON other.id = one.merged_into_id
              WHERE (one.id = NEW.id OR other.id = NEW.id) AND other.merged_into_id IS NOT NULL) THEN
    RAISE EXCEPTION 'a tag is merged into one that is not merged itself'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'tag_merged_directly';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER tag_merged_directly AFTER UPDATE OF merged_into_id ON tags_tag
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.merged_into_id IS NOT NULL) EXECUTE FUNCTION tags_merged_directly();
"""


class Migration(migrations.Migration):
    dependencies = [("tags", "0003_colour_and_merging")]

    operations = [
        migrations.RunSQL(MERGED, "ALTER TABLE tags_tag DROP CONSTRAINT tag_merged_in_sector;"),
        migrations.RunSQL(
            DIRECTLY, "DROP TRIGGER tag_merged_directly ON tags_tag; DROP FUNCTION tags_merged_directly();"
        ),
    ]
