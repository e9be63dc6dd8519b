"""Database triggers: a sector keeps at least one live tag, and merges don't form chains."""

from core.triggers import Rule, Trigger

# Deferred to the end of the transaction, so that a sector can be created before its first tag. The trigger locks the
# sector's row before reading, which serializes concurrent changes: two removals, or a removal and the sector's
# restoration.
SECTOR_KEEPS_TAG = Rule(
    "tags_keep_one",
    """
    DECLARE sector uuid;
    BEGIN
      IF TG_TABLE_NAME = 'sectors_sector' THEN
        sector := NEW.id;
      ELSE
        sector := OLD.sector_id;
      END IF;
      PERFORM 1 FROM sectors_sector WHERE id = sector FOR NO KEY UPDATE;
      IF EXISTS (SELECT 1 FROM sectors_sector WHERE id = sector AND archived_at IS NULL) AND NOT EXISTS (
        SELECT 1 FROM tags_tag WHERE sector_id = sector AND archived_at IS NULL AND NOT closed_by_flow) THEN
        RAISE EXCEPTION 'a sector keeps at least one tag'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'sector_keeps_tag';
      END IF;
      RETURN NULL;
    END """,
    Trigger("sector_keeps_tag", "tags_tag", "AFTER UPDATE OR DELETE", deferred=True),
    Trigger("sector_keeps_tag", "sectors_sector", "AFTER INSERT OR UPDATE OF archived_at", deferred=True),
)

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
