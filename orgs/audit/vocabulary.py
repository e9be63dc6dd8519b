"""Audit sentences and labels for members, organizations, projects and tokens."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from orgs.models import OrganizationRole, ProjectRole, TokenScope

from . import descriptions


def _words_of(*choices: Any) -> Callable[[Any], str]:
    words = {value: label for kind in choices for value, label in kind.choices}
    return lambda value: str(words.get(value, value)) if value else descriptions.NONE


_ROLE = _words_of(OrganizationRole, ProjectRole)
_SCOPE = _words_of(TokenScope)


def _scopes(value: Any) -> str:
    return ", ".join(_SCOPE(one) for one in value) if isinstance(value, list) else descriptions.NONE


descriptions.GROUPS.add("members", descriptions.Group(_("Members and invitations"), "users"))
descriptions.GROUPS.add("places", descriptions.Group(_("Organization and projects"), "folder"))
descriptions.GROUPS.add("tokens", descriptions.Group(_("API tokens"), "key-round"))

descriptions.register_actions(
    "members",
    {
        "organization_member.added": _("Added %(name)s to the organization as %(new_role)s"),
        "organization_member.role_changed": _(
            "Changed the role of %(name)s in the organization from %(old_role)s to %(new_role)s"
        ),
        "organization_member.removed": _("Removed %(name)s from the organization"),
        "invitation.sent": _("Invited %(name)s"),
        "invitation.renewed": _("Sent the invitation of %(name)s again"),
        "invitation.link_shown": _("Had a new link of the invitation of %(name)s shown"),
        "invitation.extended": _("Added the project to the invitation of %(name)s as %(new_role)s"),
        "invitation.revoked": _("Revoked the invitation of %(name)s"),
        "invitation.accepted": _("Accepted the invitation of %(name)s"),
        "account.switched_off": _("Switched the account of %(name)s off"),
        "account.switched_on": _("Switched the account of %(name)s on"),
        "account.sessions_ended": _("Signed %(name)s out on every device"),
        "account.password_mail_sent": _("Sent %(name)s the link to choose a new password"),
        "project_member.added": _("Added %(name)s to the project as %(new_role)s"),
        "project_member.role_changed": _(
            "Changed the role of %(name)s in the project from %(old_role)s to %(new_role)s"
        ),
        "project_member.removed": _("Removed %(name)s from the project"),
    },
)

descriptions.register_actions(
    "places",
    {
        "organization.created": _("Created the organization %(name)s"),
        "organization.renamed": _("Renamed the organization from %(old_name)s to %(new_name)s"),
        "organization.archived": _("Archived the organization %(name)s"),
        "organization.restored": _("Restored the organization %(name)s"),
        "organization.two_factors_required": _("Asked the members of %(name)s for two factors"),
        "organization.two_factors_left_to_members": _("No longer asks the members of %(name)s for two factors"),
        "project.created": _("Created the project %(name)s"),
        "project.renamed": _("Renamed the project from %(old_name)s to %(new_name)s"),
        "project.archived": _("Archived the project %(name)s"),
        "project.restored": _("Restored the project %(name)s"),
    },
)

descriptions.register_actions(
    "tokens",
    {
        "token.created": _("Made the API token %(name)s: %(new_scopes)s"),
        "token.revoked": _("Revoked the API token %(name)s"),
    },
)

descriptions.FIELDS.add_all(
    {
        "name": (_("Name"), descriptions.plain),
        "email": (_("E-mail address"), descriptions.plain),
        "role": (_("Role"), _ROLE),
        "project_role": (_("Role in the project"), _ROLE),
        "scopes": (_("Allowed to"), _scopes),
        "expires_at": (_("Expires"), descriptions.moment),
        "sector": (_("Sector"), descriptions.plain),
        "requires_two_factors": (_("Two factors required"), descriptions.plain),
    }
)
