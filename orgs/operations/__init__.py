"""Operations of the orgs app: the only code that writes its tables."""

from .accounts import end_sessions, note_password_mail, switch_account_off, switch_account_on
from .invitations import (
    InvitationUnusable,
    accept,
    accept_all,
    add_by_email,
    add_to_project_by_email,
    is_invited,
    renew,
    revoke,
    show_link,
    usable_invitation,
)
from .members import (
    add_to_organization,
    add_to_project,
    change_organization_role,
    change_project_role,
    remove_from_organization,
    remove_from_project,
)
from .organizations import (
    archive_organization,
    archive_project,
    create_organization,
    create_project,
    rename_organization,
    rename_project,
    restore_organization,
    restore_project,
)
from .profile import create_account, record_own_address, remove_photo, set_photo, update_profile
from .tokens import create_token, find_token, revoke_token
from .two_factor import require_two_factors

__all__ = [
    "InvitationUnusable",
    "accept",
    "accept_all",
    "add_by_email",
    "add_to_organization",
    "add_to_project",
    "add_to_project_by_email",
    "archive_organization",
    "archive_project",
    "change_organization_role",
    "change_project_role",
    "create_account",
    "create_organization",
    "create_project",
    "create_token",
    "end_sessions",
    "find_token",
    "is_invited",
    "note_password_mail",
    "record_own_address",
    "remove_from_organization",
    "remove_from_project",
    "remove_photo",
    "rename_organization",
    "rename_project",
    "renew",
    "require_two_factors",
    "restore_organization",
    "restore_project",
    "revoke",
    "revoke_token",
    "set_photo",
    "show_link",
    "switch_account_off",
    "switch_account_on",
    "update_profile",
    "usable_invitation",
]
