"""A mention belongs to an internal note of its ticket, whatever writes it."""

from django.db import migrations

OF_A_NOTE = """
CREATE FUNCTION tickets_mention_of_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM tickets_message WHERE id = NEW.message_id AND ticket_id = NEW.ticket_id AND kind = 'note') THEN
    RAISE EXCEPTION 'a mention is of an internal note of its ticket'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'mention_of_note';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER mention_of_note AFTER INSERT OR UPDATE OF message_id, ticket_id ON tickets_mention
  FOR EACH ROW EXECUTE FUNCTION tickets_mention_of_note();
"""

BACK = """
DROP TRIGGER mention_of_note ON tickets_mention;
DROP FUNCTION tickets_mention_of_note();
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0014_longest_wait_and_closer")]

    operations = [migrations.RunSQL(OF_A_NOTE, BACK)]
