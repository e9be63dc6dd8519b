"""Admin of the orgs app (docs/admin.md)."""

from django.utils.translation import gettext_lazy as _

from core.admin import name_models
from orgs.models import (
    ApiToken,
    AuditEntry,
    Invitation,
    Organization,
    OrganizationMembership,
    Project,
    ProjectMembership,
    User,
)

from . import audit, memberships, people, places, tokens

__all__ = ["audit", "memberships", "people", "places", "tokens"]

name_models(
    {
        User: (_("person"), _("people")),
        Organization: (_("organization"), _("organizations")),
        Project: (_("project"), _("projects")),
        OrganizationMembership: (_("member of an organization"), _("members of organizations")),
        ProjectMembership: (_("member of a project"), _("members of projects")),
        Invitation: (_("invitation"), _("invitations")),
        ApiToken: (_("API token"), _("API tokens")),
        AuditEntry: (_("entry of the audit log"), _("audit log")),
    }
)
