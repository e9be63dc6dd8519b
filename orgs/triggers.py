"""Rules that the database enforces: administrators, the audit log, tokens, archiving."""

from core.triggers import Rule, Trigger

# The lock on the organization serializes concurrent changes, so that the second sees the first: two removals, or a
# removal and an account that is switched off. People who can't sign in do not count.
ORGANIZATION_KEEPS_ADMINISTRATOR = Rule(
    "orgs_keep_administrator",
    """
    BEGIN
      PERFORM 1 FROM orgs_organization WHERE id = OLD.organization_id FOR NO KEY UPDATE;
      IF FOUND AND NOT EXISTS (
        SELECT 1 FROM orgs_organizationmembership m JOIN orgs_user u ON u.id = m.user_id
         WHERE m.organization_id = OLD.organization_id AND m.role = 'administrator' AND u.is_active) THEN
        RAISE EXCEPTION 'an organization keeps at least one administrator'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_keeps_administrator';
      END IF;
      RETURN NULL;
    END """,
    Trigger(
        "organization_keeps_administrator",
        "orgs_organizationmembership",
        "AFTER UPDATE OR DELETE",
        when="OLD.role = 'administrator'",
        deferred=True,
    ),
)

ACCOUNT_OF_LAST_ADMINISTRATOR = Rule(
    "orgs_account_keeps_administrators",
    """
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
    END """,
    Trigger(
        "account_of_last_administrator",
        "orgs_user",
        "AFTER UPDATE OF is_active",
        when="OLD.is_active AND NOT NEW.is_active",
        deferred=True,
    ),
)

AUDIT_APPEND_ONLY = Rule(
    "orgs_audit_append_only",
    """
    BEGIN
      RAISE EXCEPTION 'the audit log is append-only'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_append_only';
    END """,
    Trigger("audit_append_only", "orgs_auditentry", "BEFORE UPDATE OR DELETE"),
    Trigger("audit_never_emptied", "orgs_auditentry", "BEFORE TRUNCATE", each="STATEMENT"),
)

TOKEN_FIXED = Rule(
    "orgs_token_fixed",
    """
    BEGIN
      IF NEW.token_hash <> OLD.token_hash OR NEW.scopes <> OLD.scopes THEN
        RAISE EXCEPTION 'what a token is and may is fixed when it is made'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'token_fixed';
      END IF;
      IF NEW.revoked_at IS DISTINCT FROM OLD.revoked_at AND OLD.revoked_at IS NOT NULL THEN
        RAISE EXCEPTION 'a revoked token stays revoked'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'token_revoked_for_good';
      END IF;
      RETURN NEW;
    END """,
    Trigger("token_fixed", "orgs_apitoken", "BEFORE UPDATE"),
)

# An archived organization has no live project, whichever of the two changes last: this rule and the next.
ORGANIZATION_HAS_LIVE_PROJECTS = Rule(
    "orgs_keep_projects",
    """
    BEGIN
      IF EXISTS (SELECT 1 FROM orgs_project WHERE organization_id = NEW.id AND archived_at IS NULL) THEN
        RAISE EXCEPTION 'an archived organization has no live project'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_has_live_projects';
      END IF;
      RETURN NULL;
    END """,
    Trigger(
        "organization_has_live_projects",
        "orgs_organization",
        "AFTER UPDATE OF archived_at",
        when="NEW.archived_at IS NOT NULL",
    ),
)

PROJECT_IN_LIVE_ORGANIZATION = Rule(
    "orgs_project_is_in_live_organization",
    """
    BEGIN
      -- The share lock makes this and an archiving at the same moment follow one another.
      PERFORM 1 FROM orgs_organization WHERE id = NEW.organization_id AND archived_at IS NULL FOR SHARE;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'a live project is in a live organization'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'project_in_live_organization';
      END IF;
      RETURN NULL;
    END """,
    Trigger("project_in_live_organization", "orgs_project", "AFTER INSERT", when="NEW.archived_at IS NULL"),
    Trigger(
        "project_in_live_organization_again",
        "orgs_project",
        "AFTER UPDATE OF archived_at, organization_id",
        when="NEW.archived_at IS NULL",
    ),
)
