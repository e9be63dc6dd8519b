"""Database triggers of the apps above: a sector keeps at least one live row of a kind."""

from core.triggers import Rule, Trigger


def sector_keeps_one(kind: str, table: str, counted: str = "archived_at IS NULL") -> Rule:
    """Return the rule that a live sector keeps at least one ``counted`` row of a table, such as a queue.

    Deferred to the end of the transaction, so that a sector can be created before its first row. The trigger locks
    the sector's row before reading, which serializes concurrent changes: two removals, or a removal and the sector's
    restoration.
    """
    name = f"sector_keeps_{kind}"
    return Rule(
        f"{kind}s_keep_one",
        f"""
    DECLARE sector uuid;
    BEGIN
      IF TG_TABLE_NAME = 'sectors_sector' THEN
        sector := NEW.id;
      ELSE
        sector := OLD.sector_id;
      END IF;
      PERFORM 1 FROM sectors_sector WHERE id = sector FOR NO KEY UPDATE;
      IF EXISTS (SELECT 1 FROM sectors_sector WHERE id = sector AND archived_at IS NULL) AND NOT EXISTS (
        SELECT 1 FROM {table} WHERE sector_id = sector AND {counted}) THEN
        RAISE EXCEPTION 'a sector keeps at least one {kind}'
          USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
      END IF;
      RETURN NULL;
    END """,
        Trigger(name, table, "AFTER UPDATE OR DELETE", deferred=True),
        Trigger(name, "sectors_sector", "AFTER INSERT OR UPDATE OF archived_at", deferred=True),
    )
