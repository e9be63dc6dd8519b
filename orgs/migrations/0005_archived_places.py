"""An archived organization has no live project, whichever of the two changes last."""

from django.db import migrations

ARCHIVED = """
CREATE FUNCTION orgs_keep_projects() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM orgs_project WHERE organization_id = NEW.id AND archived_at IS NULL) THEN
    RAISE EXCEPTION 'an archived organization has no live project'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_has_live_projects';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER organization_has_live_projects AFTER UPDATE OF archived_at ON orgs_organization
  FOR EACH ROW WHEN (NEW.archived_at IS NOT NULL) EXECUTE FUNCTION orgs_keep_projects();

CREATE FUNCTION orgs_project_is_in_live_organization() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- The share lock makes this and an archiving at the same moment follow one another.
  PERFORM 1 FROM orgs_organization WHERE id = NEW.organization_id AND archived_at IS NULL FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a live project is in a live organization'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'project_in_live_organization';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER project_in_live_organization AFTER INSERT ON orgs_project
  FOR EACH ROW WHEN (NEW.archived_at IS NULL) EXECUTE FUNCTION orgs_project_is_in_live_organization();
CREATE TRIGGER project_in_live_organization_again AFTER UPDATE OF archived_at, organization_id ON orgs_project
  FOR EACH ROW WHEN (NEW.archived_at IS NULL) EXECUTE FUNCTION orgs_project_is_in_live_organization();
"""

ARCHIVED_BACK = """
DROP TRIGGER project_in_live_organization_again ON orgs_project;
DROP TRIGGER project_in_live_organization ON orgs_project;
DROP FUNCTION orgs_project_is_in_live_organization();
DROP TRIGGER organization_has_live_projects ON orgs_organization;
DROP FUNCTION orgs_keep_projects();
"""


class Migration(migrations.Migration):
    dependencies = [("orgs", "0004_append_only_log_and_fixed_tokens")]

    operations = [migrations.RunSQL(ARCHIVED, ARCHIVED_BACK)]
