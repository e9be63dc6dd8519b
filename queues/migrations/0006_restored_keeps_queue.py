"""Bringing a sector back while its last queue is archived leaves it with none no more.

The lock was taken only where the sector was seen to be live; one that is just being restored, in a transaction that
is not over, was not. Now the row is locked first, whatever it says, and read when the lock is there.
"""

from django.db import migrations

KEEP = """
CREATE OR REPLACE FUNCTION queues_keep_one() RETURNS trigger LANGUAGE plpgsql AS $$
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
END $$;
"""

KEEP_BACK = """
CREATE OR REPLACE FUNCTION queues_keep_one() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE sector uuid;
BEGIN
  IF TG_TABLE_NAME = 'sectors_sector' THEN
    sector := NEW.id;
  ELSE
    sector := OLD.sector_id;
  END IF;
  PERFORM 1 FROM sectors_sector WHERE id = sector AND archived_at IS NULL FOR NO KEY UPDATE;
  IF FOUND AND NOT EXISTS (
    SELECT 1 FROM queues_queue WHERE sector_id = sector AND archived_at IS NULL) THEN
    RAISE EXCEPTION 'a sector keeps at least one queue'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'sector_keeps_queue';
  END IF;
  RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("queues", "0005_pauses")]

    operations = [migrations.RunSQL(KEEP, KEEP_BACK)]
