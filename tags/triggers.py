"""Database triggers: a sector keeps at least one live tag, and merges don't form chains."""

from core.triggers import Rule, Trigger
from sectors.triggers import sector_keeps_one

SECTOR_KEEPS_TAG = sector_keeps_one("tag", "tags_tag", "archived_at IS NULL AND NOT closed_by_flow")

# Deferred, so that a tag and those merged into it earlier can be redirected to another in any order. The row lock
# serializes two tags being merged into each other.
TAG_MERGED_DIRECTLY = Rule(
    "tags_merged_directly",
    """
    BEGIN
      PERFORM 1 FROM sectors_sector WHERE id = NEW.sector_id FOR NO KEY UPDATE;
      IF EXISTS (SELECT 1 FROM tags_tag one JOIN tags_tag other ON other.id = one.merged_into_id
                  WHERE (one.id = NEW.id OR other.id = NEW.id) AND other.merged_into_id IS NOT NULL) THEN
        RAISE EXCEPTION 'a tag is merged into one that is not merged itself'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'tag_merged_directly';
      END IF;
      RETURN NULL;
    END """,
    Trigger(
        "tag_merged_directly",
        "tags_tag",
        "AFTER UPDATE OF merged_into_id",
        when="NEW.merged_into_id IS NOT NULL",
        deferred=True,
    ),
)
