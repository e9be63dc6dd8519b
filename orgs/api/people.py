"""People whom a request names by id."""

from collections.abc import Collection
from uuid import UUID

from django.utils.translation import gettext as _

from orgs.access import people_with_chats
from orgs.errors import Invalid
from orgs.models import Project, User


def people_of(project: Project, ids: Collection[UUID], field: str) -> list[User]:
    """Return the people with access to Chats in the project. Raises Invalid for an id that is none of them, without
    telling whether it is somebody's elsewhere."""
    found = list(people_with_chats(project).filter(pk__in=set(ids)))
    if len(found) != len(set(ids)):
        known = {user.pk for user in found}
        unknown = next(pk for pk in ids if pk not in known)
        raise Invalid(
            _("%(id)s is nobody with access to Chats in this project.") % {"id": unknown},
            code="no_access_to_chats",
            field=field,
        )
    return found
