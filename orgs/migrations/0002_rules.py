"""Rules of the database: folded names, memberships in step, a last Administrator, an append-only log."""

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension, UnaccentExtension
from django.db import migrations

FOLD = """
CREATE FUNCTION weni_fold(text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT lower(public.unaccent('public.unaccent'::regdictionary,
                               btrim(regexp_replace($1, '\\s+', ' ', 'g'))))
$$;
"""

MEMBERSHIPS = """
ALTER TABLE orgs_projectmembership
  ADD CONSTRAINT project_member_is_in_organization
  FOREIGN KEY (organization_id, user_id) REFERENCES orgs_organizationmembership (organization_id, user_id),
  ADD CONSTRAINT project_member_of_its_organization
  FOREIGN KEY (organization_id, project_id) REFERENCES orgs_project (organization_id, id);
"""

MEMBERSHIPS_BACK = """
ALTER TABLE orgs_projectmembership
  DROP CONSTRAINT project_member_is_in_organization,
  DROP CONSTRAINT project_member_of_its_organization;
"""

# The row lock makes parallel removals follow one another, so that the second sees the first.
ADMINISTRATOR = """
CREATE FUNCTION orgs_keep_administrator() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM orgs_organization WHERE id = OLD.organization_id FOR NO KEY UPDATE;
  IF FOUND AND NOT EXISTS (
    SELECT 1 FROM orgs_organizationmembership
     WHERE organization_id = OLD.organization_id AND role = 'administrator') THEN
    RAISE EXCEPTION 'an organization keeps at least one administrator'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_keeps_administrator';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER organization_keeps_administrator
  AFTER UPDATE OR DELETE ON orgs_organizationmembership
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.role = 'administrator') EXECUTE FUNCTION orgs_keep_administrator();
"""

ADMINISTRATOR_BACK = """
DROP TRIGGER organization_keeps_administrator ON orgs_organizationmembership;
DROP FUNCTION orgs_keep_administrator();
"""

AUDIT = """
CREATE FUNCTION orgs_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_append_only';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON orgs_auditentry
  FOR EACH ROW EXECUTE FUNCTION orgs_audit_append_only();
"""

AUDIT_BACK = """
DROP TRIGGER audit_append_only ON orgs_auditentry;
DROP FUNCTION orgs_audit_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("orgs", "0001_initial")]

    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        BtreeGistExtension(),
        migrations.RunSQL(FOLD, "DROP FUNCTION weni_fold(text);"),
        migrations.RunSQL(MEMBERSHIPS, MEMBERSHIPS_BACK),
        migrations.RunSQL(ADMINISTRATOR, ADMINISTRATOR_BACK),
        migrations.RunSQL(AUDIT, AUDIT_BACK),
    ]
