"""A queue on hold or full takes no new ticket; a merged tag has none left."""

from django.db import migrations

# The place's own trigger (ticket_place_is_live) has locked the queue's row already.
HOLD = """
CREATE FUNCTION tickets_queue_on_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM queues_queue WHERE id = NEW.queue_id AND on_hold FOR SHARE;
  IF FOUND THEN
    RAISE EXCEPTION 'the queue is on hold'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'queue_on_hold';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ticket_queue_on_hold AFTER INSERT ON tickets_ticket
  FOR EACH ROW WHEN (NEW.status <> 'closed') EXECUTE FUNCTION tickets_queue_on_hold();
CREATE TRIGGER ticket_queue_on_hold_still AFTER UPDATE OF queue_id ON tickets_ticket
  FOR EACH ROW WHEN (NEW.status <> 'closed' AND NEW.queue_id <> OLD.queue_id)
  EXECUTE FUNCTION tickets_queue_on_hold();
"""

HOLD_BACK = """
DROP TRIGGER ticket_queue_on_hold_still ON tickets_ticket;
DROP TRIGGER ticket_queue_on_hold ON tickets_ticket;
DROP FUNCTION tickets_queue_on_hold();
"""

# Deferred: a ticket that finds a free agent in the same transaction never waits. The lock on the queue's row makes
# two that open at once follow one another, so that the second counts the first. Only opening is limited: what
# people move by hand, they mean.
FULL = """
CREATE FUNCTION tickets_queue_full() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  place uuid;
  most integer;
BEGIN
  SELECT queue_id INTO place FROM tickets_ticket WHERE id = NEW.id AND status = 'waiting';
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  SELECT max_waiting INTO most FROM queues_queue WHERE id = place AND max_waiting IS NOT NULL FOR NO KEY UPDATE;
  IF FOUND AND (SELECT count(*) FROM (
       SELECT 1 FROM tickets_ticket WHERE queue_id = place AND status = 'waiting' LIMIT most + 1) AS line) > most THEN
    RAISE EXCEPTION 'the queue is full'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'queue_full';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER queue_full AFTER INSERT ON tickets_ticket
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.status = 'waiting') EXECUTE FUNCTION tickets_queue_full();
"""

FULL_BACK = """
DROP TRIGGER queue_full ON tickets_ticket;
DROP FUNCTION tickets_queue_full();
"""

# Deferred, so that merging may mark the tag and move its tickets in any order. The share lock on the tag's row makes
# a closing with it and its merging follow one another.
MERGED = """
CREATE FUNCTION tickets_tag_not_merged() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE merged boolean;
BEGIN
  IF TG_TABLE_NAME = 'tags_tag' THEN
    merged := EXISTS (SELECT 1 FROM tickets_tickettag WHERE tag_id = NEW.id);
  ELSE
    PERFORM 1 FROM tags_tag WHERE id = NEW.tag_id FOR SHARE;
    merged := EXISTS (SELECT 1 FROM tags_tag t JOIN tickets_tickettag tt ON tt.tag_id = t.id
                       WHERE tt.id = NEW.id AND t.merged_into_id IS NOT NULL);
  END IF;
  IF merged THEN
    RAISE EXCEPTION 'a merged tag has no tickets'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_tag_not_merged';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ticket_tag_not_merged AFTER INSERT OR UPDATE OF tag_id ON tickets_tickettag
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tickets_tag_not_merged();
CREATE CONSTRAINT TRIGGER ticket_tag_not_merged AFTER UPDATE OF merged_into_id ON tags_tag
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.merged_into_id IS NOT NULL) EXECUTE FUNCTION tickets_tag_not_merged();
"""

MERGED_BACK = """
DROP TRIGGER ticket_tag_not_merged ON tags_tag;
DROP TRIGGER ticket_tag_not_merged ON tickets_tickettag;
DROP FUNCTION tickets_tag_not_merged();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0005_automatic_messages"),
        ("queues", "0004_hold_and_maximum"),
        ("tags", "0004_merged_in_sector"),
    ]

    operations = [
        migrations.RunSQL(HOLD, HOLD_BACK),
        migrations.RunSQL(FULL, FULL_BACK),
        migrations.RunSQL(MERGED, MERGED_BACK),
    ]
