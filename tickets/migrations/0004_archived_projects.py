"""An archived project has no open ticket, whichever of the two changes last."""

from django.db import migrations

PROJECT = """
CREATE FUNCTION tickets_keep_project() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM tickets_ticket WHERE project_id = NEW.id AND status <> 'closed') THEN
    RAISE EXCEPTION 'the project has open tickets'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'project_has_open_tickets';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER project_has_open_tickets AFTER UPDATE OF archived_at ON orgs_project
  FOR EACH ROW WHEN (NEW.archived_at IS NOT NULL) EXECUTE FUNCTION tickets_keep_project();

CREATE FUNCTION tickets_project_is_live() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- The share lock makes this and an archiving at the same moment follow one another.
  PERFORM 1 FROM orgs_project WHERE id = NEW.project_id AND archived_at IS NULL FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'an open ticket is in a live project'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_project_is_live';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ticket_project_is_live AFTER INSERT ON tickets_ticket
  FOR EACH ROW WHEN (NEW.status <> 'closed') EXECUTE FUNCTION tickets_project_is_live();
"""

PROJECT_BACK = """
DROP TRIGGER ticket_project_is_live ON tickets_ticket;
DROP FUNCTION tickets_project_is_live();
DROP TRIGGER project_has_open_tickets ON orgs_project;
DROP FUNCTION tickets_keep_project();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0003_usage_by_month"),
        ("orgs", "0005_archived_places"),
    ]

    operations = [migrations.RunSQL(PROJECT, PROJECT_BACK)]
