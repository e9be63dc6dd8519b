"""The set-up checklist: five steps, each done when the project's state says so."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from orgs.access import Member, people_with_chats
from queues.models import Queue
from sectors.models import Sector
from tags.models import Tag
from tickets.models import Ticket


@dataclass(frozen=True)
class Step:
    """One step: what it is for, whether it is done, and the page that does it (empty: not for this member)."""

    title: str
    text: str
    done: bool
    url: str
    action: str


@dataclass(frozen=True)
class Checklist:
    """The steps in the order they are to be taken."""

    steps: list[Step]

    @property
    def done(self) -> int:
        """How many are done."""
        return sum(step.done for step in self.steps)

    @property
    def next(self) -> Step | None:
        """The first that is not."""
        return next((step for step in self.steps if not step.done), None)


def measure(member: Member) -> Checklist:
    """Return the checklist of the member's project, from what is there now."""
    project = member.project
    sectors = Sector.objects.live().filter(project=project)
    first = sectors.order_by("position", "name").first()
    queues = Queue.objects.open_for_tickets().filter(sector__project=project)
    queue = (
        queues.annotate(staffed=Exists(Queue.agents.through.objects.filter(queue=OuterRef("pk"))))
        .filter(staffed=False)
        .first()
    )
    staffed = queues.filter(places__isnull=False).exists()
    tags = Tag.objects.live().filter(sector__project=project, closed_by_flow=False).count()
    colleagues = people_with_chats(project).exclude(pk=member.user.pk).exists()
    tried = Ticket.objects.filter(project=project).exists()
    new_sector = reverse("setup:sector_new", args=[project.pk])
    queue_url = reverse("queues:detail", args=[project.pk, queue.pk]) if queue else ""
    steps = [
        Step(
            _("Members"),
            _("Add the people who will attend: first to the organization, then to the project as Human attendance."),
            colleagues,
            reverse("orgs:project_members", args=[project.pk]) if member.may_manage_members() else "",
            _("Add members"),
        ),
        Step(
            _("Sector"),
            _("A department with its managers, work hours and limit of simultaneous tickets."),
            first is not None,
            new_sector,
            _("New sector"),
        ),
        Step(
            _("Queue with agents"),
            _("Put at least one agent on a queue of the sector, or its tickets wait for nobody."),
            staffed,
            queue_url or (reverse("sectors:list", args=[project.pk]) if first else new_sector),
            _("Choose agents"),
        ),
        Step(
            _("Tags"),
            _("Closing asks for at least one tag. Say what your conversations are about, beyond the starter tag."),
            tags > 1,
            reverse("tags:list", args=[project.pk, first.pk]) if first else new_sector,
            _("Add tags"),
        ),
        Step(
            _("Connect your flow"),
            _("Give the bot a token, and see a test ticket arrive."),
            tried,
            reverse("setup:connect", args=[project.pk]) if member.may_connect_flow() else "",
            _("Connect"),
        ),
    ]
    return Checklist(steps)
