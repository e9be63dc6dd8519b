"""Where tickets can go: a queue or a person of the project."""

from uuid import UUID

from django.utils.translation import gettext as _

from core.errors import Invalid
from orgs.access import people_with_chats
from orgs.models import Project, User
from queues.models import Queue


def find_target(project: Project, kind: str, pk: UUID, *, field: str) -> Queue | User:
    """Return a queue of the project (``kind`` is *queue*) or a person with access to Chats there (*agent*).

    Raises Invalid, with the field, if it is not there any more.
    """
    found: Queue | User | None
    if kind == "queue":
        found = Queue.objects.filter(pk=pk, sector__project=project).first()
        gone = _("This queue is not there any more. Choose another.")
    else:
        found = people_with_chats(project).filter(pk=pk).first()
        gone = _("This person has no access to Chats any more. Choose another.")
    if found is None:
        raise Invalid(gone, field=field)
    return found
