"""The set-up checklist: five steps, each computed from the project's state."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.text import by_name
from orgs import hooks
from orgs.access import Member, people_with_chats
from orgs.models import ApiToken, Project, User
from queues.models import Queue
from sectors.models import Sector
from tags.models import Tag
from tickets.models import Ticket

#: Where counting for the steps stops.
COUNTED = 1000


@dataclass(frozen=True)
class Step:
    """One step: a code, its purpose, whether it is done, and the page for it (empty: not for this member)."""

    code: str
    title: str
    text: str
    done: bool
    url: str
    action: str


@dataclass(frozen=True)
class Checklist:
    """The steps in the recommended order."""

    steps: list[Step]

    @property
    def done(self) -> int:
        """Number of completed steps."""
        return sum(step.done for step in self.steps)

    @property
    def is_done(self) -> bool:
        return self.next is None

    @property
    def next(self) -> Step | None:
        """The first step that isn't done."""
        return next((step for step in self.steps if not step.done), None)


def checklist_of(member: Member) -> Checklist:
    """Return the checklist of the member's project in its current state."""
    return Checklist([_members(member), *_sector_and_queue(member), _tags(member), _connect(member)])


@hooks.is_set_up.answer
def is_set_up(project: Project, user: User) -> bool:
    """Return whether the checklist is complete, in one query."""
    sectors = Sector.objects.live().filter(project=project).with_readiness()
    needs = [
        people_with_chats(project).exclude(pk=user.pk),
        sectors.filter(Q(has_agent=True)),
        _tags_to_close_with(project)[1:],
        Ticket.objects.filter(project=project),
    ]
    return Project.objects.filter(*(Exists(need) for need in needs), pk=project.pk).exists()


def _tags_to_close_with(project: Project) -> QuerySet[Tag]:
    return Tag.objects.live().filter(sector__project=project, sector__archived_at=None, closed_by_flow=False)


def _url(name: str, member: Member, *more: object) -> str:
    return reverse(name, args=[member.project.pk, *more])


def _members(member: Member) -> Step:
    people = people_with_chats(member.project).exclude(pk=member.user.pk).order_by()[:COUNTED].count()
    if people:
        text = ngettext(
            "%(n)d person besides you has access to Chats.", "%(n)d people besides you have access to Chats.", people
        ) % {"n": people}
    else:
        text = _(
            "Only you have access so far. Add those who will answer: first to the organization, then to the project "
            "as Human attendance."
        )
    url = _url("orgs:project_members", member) if member.may_manage_members() else ""
    return Step("members", _("Members"), text, bool(people), url, _("Add members"))


def _sector_and_queue(member: Member) -> tuple[Step, Step]:
    sectors = Sector.objects.live().filter(project=member.project).with_readiness()
    rows: list[Any] = list(sectors.order_by("position", *by_name())[:COUNTED])
    new_sector = _url("setup:sector_new", member)
    bare = next((row for row in rows if not row.has_agent), None)
    staffed = any(row.has_agent for row in rows)
    queue = (
        Queue.objects.live().filter(sector=bare).order_by("position", *by_name()).values_list("pk", flat=True).first()
        if bare
        else None
    )
    if rows:
        text = ngettext("%(n)d sector takes tickets.", "%(n)d sectors take tickets.", len(rows)) % {"n": len(rows)}
    else:
        text = _("There is none yet. A sector is a department with its managers, work hours and limit of tickets.")
    if bare:
        queue_text = _("Nobody is on a queue of %(name)s: its tickets would wait for nobody.") % {"name": bare.name}
    elif rows:
        queue_text = _("Every sector has somebody to answer.")
    else:
        queue_text = _("Agents get the tickets of the queues they are on. Comes with the sector.")
    return (
        Step("sector", _("Sector"), text, bool(rows), new_sector, _("New sector")),
        Step(
            "queue",
            _("Queue with agents"),
            queue_text,
            staffed,
            _url("queues:detail", member, queue) if queue else (_url("sectors:list", member) if rows else new_sector),
            _("Choose agents"),
        ),
    )


def _tags(member: Member) -> Step:
    tags = _tags_to_close_with(member.project)
    poorest = tags.values("sector_id").annotate(n=Count("pk")).order_by("n", "sector__position", "sector_id").first()
    count = tags.order_by()[:COUNTED].count()
    if count > 1:
        text = ngettext("%(n)d tag to close with.", "%(n)d tags to close with.", count) % {"n": count}
    elif count:
        text = _("Only the starter tag so far. Closing asks for at least one: say what conversations are about.")
    else:
        text = _("Closing asks for at least one: they say what conversations are about. Comes with the sector.")
    url = _url("tags:list", member, poorest["sector_id"]) if poorest else _url("setup:sector_new", member)
    return Step("tags", _("Tags"), text, count > 1, url, _("Add tags"))


def _connect(member: Member) -> Step:
    tickets = Ticket.objects.filter(project=member.project)
    opened = tickets.exists()
    if tickets.filter(status="closed").exists():
        text = _("A ticket was opened and closed: the way through works.")
    elif opened:
        text = _("A ticket was opened. Answer it on the desk and close it with a tag.")
    elif ApiToken.objects.usable().filter(project=member.project).exists():
        text = _("There is a token, but no ticket has come yet. Open a test ticket.")
    else:
        text = _("Give the bot a token, and see a test ticket arrive.")
    url = _url("setup:connect", member) if member.may_connect_flow() else ""
    return Step("connect", _("Connect your flow"), text, opened, url, _("Connect"))
