"""Members are found by one index; an Administrator who can't sign in does not count as one."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models

import core.text

# The lock of the organization makes what happens at the same time follow one another, so that the second sees the
# first: two removals, or a removal and an account that is switched off.
ADMINISTRATOR = """
CREATE OR REPLACE FUNCTION orgs_keep_administrator() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM orgs_organization WHERE id = OLD.organization_id FOR NO KEY UPDATE;
  IF FOUND AND NOT EXISTS (
    SELECT 1 FROM orgs_organizationmembership m JOIN orgs_user u ON u.id = m.user_id
     WHERE m.organization_id = OLD.organization_id AND m.role = 'administrator' AND u.is_active) THEN
    RAISE EXCEPTION 'an organization keeps at least one administrator'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_keeps_administrator';
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION orgs_account_keeps_administrators() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  place uuid;
BEGIN
  IF EXISTS (SELECT 1 FROM orgs_user WHERE id = NEW.id AND is_active) THEN
    RETURN NULL;
  END IF;
  FOR place IN
    SELECT organization_id FROM orgs_organizationmembership
     WHERE user_id = NEW.id AND role = 'administrator' ORDER BY organization_id LOOP
    PERFORM 1 FROM orgs_organization WHERE id = place FOR NO KEY UPDATE;
    IF NOT EXISTS (
      SELECT 1 FROM orgs_organizationmembership m JOIN orgs_user u ON u.id = m.user_id
       WHERE m.organization_id = place AND m.role = 'administrator' AND u.is_active) THEN
      RAISE EXCEPTION 'an organization keeps at least one administrator who can sign in'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'account_of_last_administrator';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER account_of_last_administrator
  AFTER UPDATE OF is_active ON orgs_user
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.is_active AND NOT NEW.is_active) EXECUTE FUNCTION orgs_account_keeps_administrators();
"""

ADMINISTRATOR_BACK = """
DROP TRIGGER account_of_last_administrator ON orgs_user;
DROP FUNCTION orgs_account_keeps_administrators();
CREATE OR REPLACE FUNCTION orgs_keep_administrator() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""


class Migration(migrations.Migration):
    dependencies = [("orgs", "0005_archived_places")]

    operations = [
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(
                condition=models.Q(("accepted_at__isnull", True), ("revoked_at__isnull", True)),
                fields=["organization", "-created_at", "-id"],
                name="invitation_open_of_place",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=GinIndex(
                OpClass(core.text.FoldedTogether("email", "first_name", "last_name"), name="gin_trgm_ops"),
                name="user_search",
            ),
        ),
        migrations.RunSQL(ADMINISTRATOR, ADMINISTRATOR_BACK),
    ]
