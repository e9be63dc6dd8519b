"""Database trigger: a sector keeps at least one live queue."""

from core.triggers import Rule, Trigger

# Deferred to the end of the transaction, so that a sector can be created before its first queue. The trigger locks
# the sector's row before reading, which serializes concurrent changes: two removals, or a removal and the sector's
# restoration.
SECTOR_KEEPS_QUEUE = Rule(
    "queues_keep_one",
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
        SELECT 1 FROM queues_queue WHERE sector_id = sector AND archived_at IS NULL) THEN
        RAISE EXCEPTION 'a sector keeps at least one queue'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'sector_keeps_queue';
      END IF;
      RETURN NULL;
    END """,
    Trigger("sector_keeps_queue", "queues_queue", "AFTER UPDATE OR DELETE", deferred=True),
    Trigger("sector_keeps_queue", "sectors_sector", "AFTER INSERT OR UPDATE OF archived_at", deferred=True),
)
