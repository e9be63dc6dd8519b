"""Rules of the database: everything of a ticket in one project and sector, no closing without a tag."""

from django.db import migrations

TOGETHER = """
ALTER TABLE tickets_ticket
  ADD CONSTRAINT ticket_contact_of_project
  FOREIGN KEY (project_id, contact_id) REFERENCES tickets_contact (project_id, id),
  ADD CONSTRAINT ticket_sector_of_project
  FOREIGN KEY (project_id, sector_id) REFERENCES sectors_sector (project_id, id),
  ADD CONSTRAINT ticket_queue_of_sector
  FOREIGN KEY (sector_id, queue_id) REFERENCES queues_queue (sector_id, id);
ALTER TABLE tickets_tickettag
  ADD CONSTRAINT ticket_tag_of_sector
  FOREIGN KEY (sector_id, tag_id) REFERENCES tags_tag (sector_id, id),
  ADD CONSTRAINT ticket_tag_with_ticket
  FOREIGN KEY (ticket_id, sector_id) REFERENCES tickets_ticket (id, sector_id);
"""

TOGETHER_BACK = """
ALTER TABLE tickets_tickettag
  DROP CONSTRAINT ticket_tag_of_sector, DROP CONSTRAINT ticket_tag_with_ticket;
ALTER TABLE tickets_ticket
  DROP CONSTRAINT ticket_contact_of_project, DROP CONSTRAINT ticket_sector_of_project,
  DROP CONSTRAINT ticket_queue_of_sector;
"""

# Deferred, so that a ticket can be closed before its tags are written in the same transaction. Taking tags
# away locks the ticket, so that two that take one each follow one another.
CLOSED = """
CREATE FUNCTION tickets_closed_has_tag() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE ticket uuid;
BEGIN
  IF TG_TABLE_NAME = 'tickets_ticket' THEN
    ticket := NEW.id;
  ELSE
    ticket := OLD.ticket_id;
    PERFORM 1 FROM tickets_ticket WHERE id = ticket FOR NO KEY UPDATE;
  END IF;
  IF EXISTS (SELECT 1 FROM tickets_ticket WHERE id = ticket AND status = 'closed')
     AND NOT EXISTS (SELECT 1 FROM tickets_tickettag WHERE ticket_id = ticket) THEN
    RAISE EXCEPTION 'a closed ticket has at least one tag'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_closed_has_tag';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ticket_closed_has_tag
  AFTER INSERT OR UPDATE OF status ON tickets_ticket
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.status = 'closed') EXECUTE FUNCTION tickets_closed_has_tag();
CREATE CONSTRAINT TRIGGER ticket_closed_has_tag
  AFTER DELETE OR UPDATE OF ticket_id ON tickets_tickettag
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tickets_closed_has_tag();

CREATE FUNCTION tickets_closed_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a closed ticket is not opened again'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_closed_is_final';
END $$;
CREATE TRIGGER ticket_closed_is_final BEFORE UPDATE OF status ON tickets_ticket
  FOR EACH ROW WHEN (OLD.status = 'closed' AND NEW.status <> 'closed')
  EXECUTE FUNCTION tickets_closed_is_final();
"""

CLOSED_BACK = """
DROP TRIGGER ticket_closed_is_final ON tickets_ticket;
DROP FUNCTION tickets_closed_is_final();
DROP TRIGGER ticket_closed_has_tag ON tickets_tickettag;
DROP TRIGGER ticket_closed_has_tag ON tickets_ticket;
DROP FUNCTION tickets_closed_has_tag();
"""

# An open ticket sits in a live queue of a live sector: neither can be archived under it.
LIVE = """
CREATE FUNCTION tickets_keep_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'queues_queue' THEN
    IF EXISTS (SELECT 1 FROM tickets_ticket WHERE queue_id = NEW.id AND status <> 'closed') THEN
      RAISE EXCEPTION 'the queue has open tickets'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'queue_has_open_tickets';
    END IF;
  ELSIF EXISTS (SELECT 1 FROM tickets_ticket WHERE sector_id = NEW.id AND status <> 'closed') THEN
    RAISE EXCEPTION 'the sector has open tickets'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'sector_has_open_tickets';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER queue_has_open_tickets AFTER UPDATE OF archived_at ON queues_queue
  FOR EACH ROW WHEN (NEW.archived_at IS NOT NULL) EXECUTE FUNCTION tickets_keep_place();
CREATE TRIGGER sector_has_open_tickets AFTER UPDATE OF archived_at ON sectors_sector
  FOR EACH ROW WHEN (NEW.archived_at IS NOT NULL) EXECUTE FUNCTION tickets_keep_place();
"""

LIVE_BACK = """
DROP TRIGGER sector_has_open_tickets ON sectors_sector;
DROP TRIGGER queue_has_open_tickets ON queues_queue;
DROP FUNCTION tickets_keep_place();
"""

# The other direction: no open ticket comes into an archived place. The share locks make this and an archiving
# at the same moment follow one another (queue before sector, as an archiving takes them); the operations hold the
# sector's lock already and never wait here.
PLACE = """
CREATE FUNCTION tickets_place_is_live() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM queues_queue WHERE id = NEW.queue_id AND archived_at IS NULL FOR SHARE;
  IF FOUND THEN
    PERFORM 1 FROM sectors_sector WHERE id = NEW.sector_id AND archived_at IS NULL FOR SHARE;
  END IF;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'an open ticket is in a live queue of a live sector'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_place_is_live';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ticket_place_is_live AFTER INSERT ON tickets_ticket
  FOR EACH ROW WHEN (NEW.status <> 'closed') EXECUTE FUNCTION tickets_place_is_live();
CREATE TRIGGER ticket_place_is_live_still AFTER UPDATE OF queue_id, sector_id ON tickets_ticket
  FOR EACH ROW WHEN (NEW.status <> 'closed'
    AND (NEW.queue_id <> OLD.queue_id OR NEW.sector_id <> OLD.sector_id))
  EXECUTE FUNCTION tickets_place_is_live();
"""

PLACE_BACK = """
DROP TRIGGER ticket_place_is_live_still ON tickets_ticket;
DROP TRIGGER ticket_place_is_live ON tickets_ticket;
DROP FUNCTION tickets_place_is_live();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0001_initial"),
        ("queues", "0003_rules"),
        ("tags", "0002_rules"),
        ("sectors", "0002_rules"),
    ]

    operations = [
        migrations.RunSQL(TOGETHER, TOGETHER_BACK),
        migrations.RunSQL(CLOSED, CLOSED_BACK),
        migrations.RunSQL(LIVE, LIVE_BACK),
        migrations.RunSQL(PLACE, PLACE_BACK),
    ]
