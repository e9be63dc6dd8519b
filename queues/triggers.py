"""What the database holds to in queues: a sector keeps one."""

from core.triggers import Rule, Trigger

# Deferred to the end of the transaction, so that a sector can be made before its first queue. The sector's row is
# locked whatever it says and read when the lock is there: what happens at the same time follows one another, two
# removals, or a removal and a sector that is being restored.
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
