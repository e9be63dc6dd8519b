"""The audit log can't be emptied either; what a token is stays as it was made; indexes for the pages of both."""

import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations, models

TRUNCATE = """
CREATE TRIGGER audit_never_emptied BEFORE TRUNCATE ON orgs_auditentry
  FOR EACH STATEMENT EXECUTE FUNCTION orgs_audit_append_only();
ALTER TABLE orgs_auditentry
  ADD CONSTRAINT audit_project_of_organization
  FOREIGN KEY (organization_id, project_id) REFERENCES orgs_project (organization_id, id);
"""

TRUNCATE_BACK = """
ALTER TABLE orgs_auditentry DROP CONSTRAINT audit_project_of_organization;
DROP TRIGGER audit_never_emptied ON orgs_auditentry;
"""

TOKEN = """
CREATE FUNCTION orgs_token_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
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
END $$;
CREATE TRIGGER token_fixed BEFORE UPDATE ON orgs_apitoken
  FOR EACH ROW EXECUTE FUNCTION orgs_token_fixed();
"""

TOKEN_BACK = """
DROP TRIGGER token_fixed ON orgs_apitoken;
DROP FUNCTION orgs_token_fixed();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orgs', '0003_photo_and_two_factors'),
    ]

    operations = [
        migrations.AddField(
            model_name='apitoken',
            name='maker_name',
            field=models.CharField(blank=True, max_length=254),
        ),
        migrations.AddField(
            model_name='auditentry',
            name='token_id',
            field=models.UUIDField(null=True),
        ),
        migrations.AddIndex(
            model_name='apitoken',
            index=models.Index(fields=['project', '-created_at', '-id'], name='token_of_project'),
        ),
        migrations.AddIndex(
            model_name='apitoken',
            index=models.Index(fields=['organization', '-created_at', '-id'], name='token_of_organization'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['organization', 'action', '-at', '-id'], name='audit_by_action'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['project', 'action', '-at', '-id'], name='audit_by_action_in_project'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['actor', '-at', '-id'], name='audit_by_person'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['target_id', '-at', '-id'], name='audit_by_target'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('actor_name'), name='gin_trgm_ops'), name='audit_actor_search'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('target_name'), name='gin_trgm_ops'), name='audit_target_search'),
        ),
        migrations.AddConstraint(
            model_name='apitoken',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='token_has_name'),
        ),
        migrations.AddConstraint(
            model_name='apitoken',
            constraint=models.CheckConstraint(condition=models.Q(('scopes__len__gt', 0)), name='token_has_scope'),
        ),
        migrations.AddConstraint(
            model_name='apitoken',
            constraint=models.CheckConstraint(condition=models.Q(('scopes__contained_by', ['open', 'read', 'administer'])), name='token_scopes_known'),
        ),
        migrations.AddConstraint(
            model_name='apitoken',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__isnull', True), ('expires_at__gt', models.F('created_at')), _connector='OR'), name='token_expires_after_made'),
        ),
        migrations.AddConstraint(
            model_name='apitoken',
            constraint=models.CheckConstraint(condition=models.Q(('token_hash__regex', '^[0-9a-f]{64}$')), name='token_stored_as_digest'),
        ),
        migrations.AddConstraint(
            model_name='auditentry',
            constraint=models.CheckConstraint(condition=models.Q(('actor_name', ''), _negated=True), name='audit_names_actor'),
        ),
        migrations.AddConstraint(
            model_name='auditentry',
            constraint=models.CheckConstraint(condition=models.Q(('action__regex', '^[a-z]+(_[a-z]+)*\\.[a-z]+(_[a-z]+)*$')), name='audit_action_well_formed'),
        ),
        migrations.AddConstraint(
            model_name='auditentry',
            constraint=models.CheckConstraint(condition=models.Q(('project__isnull', True), ('organization__isnull', False), _connector='OR'), name='audit_project_has_organization'),
        ),
        migrations.RunSQL(TRUNCATE, TRUNCATE_BACK),
        migrations.RunSQL(TOKEN, TOKEN_BACK),
    ]
