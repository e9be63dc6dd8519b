"""Models of the orgs app."""

from .audit import AuditEntry
from .credentials import (
    ApiToken,
    Invitation,
    InvitedProject,
    RemovedKey,
    ReplacedLink,
    TokenScope,
    digest,
    new_secret,
)
from .organizations import (
    NAME_LENGTH,
    ArchivableQuerySet,
    Organization,
    OrganizationMembership,
    OrganizationRole,
    Project,
    ProjectMembership,
    ProjectRole,
)
from .users import Theme, User

__all__ = [
    "NAME_LENGTH",
    "ApiToken",
    "ArchivableQuerySet",
    "AuditEntry",
    "Invitation",
    "InvitedProject",
    "Organization",
    "OrganizationMembership",
    "OrganizationRole",
    "Project",
    "ProjectMembership",
    "ProjectRole",
    "RemovedKey",
    "ReplacedLink",
    "Theme",
    "TokenScope",
    "User",
    "digest",
    "new_secret",
]
