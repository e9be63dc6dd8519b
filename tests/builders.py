"""Builders that read like the rules: they call the operations, so what they make obeys what production obeys.

``Desk`` is a project with one sector, one queue and two tags, and the verbs of a working day::

    agent = desk.agent_online(limit=3)
    tickets = [desk.open_ticket() for _ in range(4)]
    assert [t.agent for t in tickets] == [agent, agent, agent, None]
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import transaction

from active_messages.models import Start
from orgs import operations as orgs
from orgs.access import Actor, Member, member_of
from orgs.models import (
    Organization,
    OrganizationMembership,
    OrganizationRole,
    Project,
    ProjectMembership,
    ProjectRole,
    User,
)
from queues import operations as queues
from queues.models import Queue, Status
from sectors import operations as sectors
from sectors.models import QuickMessage, Sector, WorkException
from tags import operations as tags
from tags.models import Tag
from tickets import operations as tickets
from tickets.models import AttendanceRules, Contact, Message, Ticket

#: The flow engine, as the wire API acts for it.
FLOW = Actor(token_name="flow")

_NUMBERS = count(1)


def number() -> int:
    """Return a number not used before in this process, to tell test data apart."""
    return next(_NUMBERS)


def person(role: str = "person", *, password: str | None = None) -> User:
    """Return a new account. ``role`` is a word for what the person is, and all the name there is."""
    n = number()
    return User.objects.create_user(
        f"{role.replace(' ', '-')}-{n}@example.org",
        password,
        first_name=role.capitalize(),
        last_name=str(n),
    )


def second_factor(user: User) -> Authenticator:
    """Give somebody an authenticator app; returns it."""
    return TOTP.activate(user, generate_totp_secret()).instance


def organization_with(administrator: User | None = None, name: str = "") -> Organization:
    """Return a new organization with one Administrator."""
    return orgs.create_organization(
        name or f"Organization {number()}", by=Actor(user=administrator or person("administrator"))
    )


def administrator_of(organization: Organization) -> User:
    """Return the first Administrator of an organization."""
    return (
        OrganizationMembership.objects.filter(organization=organization, role=OrganizationRole.ADMINISTRATOR)
        .order_by("created_at")
        .select_related("user")[0]
        .user
    )


def project_of(organization: Organization | None = None, name: str = "") -> Project:
    """Return a new project of the organization (of a new one, if none is given)."""
    organization = organization or organization_with()
    return orgs.create_project(
        organization,
        name or f"Project {number()}",
        by=Actor(user=administrator_of(organization)),
    )


def organization_member(
    organization: Organization, role: str = OrganizationRole.VIEWER, user: User | None = None
) -> User:
    """Return a member of the organization with that role."""
    user = user or person(role)
    orgs.add_to_organization(organization, user, role, by=Actor(user=administrator_of(organization)))
    return user


def project_member(
    project: Project,
    role: str = ProjectRole.ATTENDANT,
    *,
    user: User | None = None,
    word: str = "",
) -> User:
    """Return a member of the project with that role; in its organization a Viewer, unless there already."""
    user = user or person(word or role)
    by = Actor(user=administrator_of(project.organization))
    if not OrganizationMembership.objects.filter(organization=project.organization, user=user).exists():
        orgs.add_to_organization(project.organization, user, OrganizationRole.VIEWER, by=by)
    orgs.add_to_project(project, user, role, by=by)
    return user


def member(user: User, project: Project) -> Member:
    """Return the person's place in the project as it is now, as a request would find it."""
    found = member_of(user, project.pk)
    assert found is not None, f"{user} is not in {project}"
    return found


def actor(user: User, project: Project) -> Actor:
    """Return the person of the project as the actor of an operation."""
    return Actor.of(member(user, project))


def sector_in(
    project: Project,
    name: str = "",
    *,
    queue_names: Sequence[str] = ("General",),
    tag_names: Sequence[str] = ("Resolved", "Complaint"),
    managers: Collection[User] = (),
    always_open: bool = True,
    **values: Any,
) -> Sector:
    """Return a new sector with its queues and tags, open around the clock unless told otherwise."""
    by = actor(administrator_of(project.organization), project)
    with transaction.atomic():
        sector = sectors.create_sector(
            project,
            name or f"Sector {number()}",
            by=by,
            managers=managers,
            always_open=always_open,
            **values,
        )
        for queue_name in queue_names:
            queues.create_queue(sector, queue_name, by=by)
        tags.add_tags(sector, tag_names, by=by)
    return sector


def put_on(queue: Queue, *users: User) -> None:
    """Add people to those on a queue."""
    project = queue.sector.project
    present = list(User.objects.filter(queue_places__queue=queue))
    queues.update_queue(
        queue,
        by=actor(administrator_of(project.organization), project),
        agents=[*present, *users],
    )


def take_off(queue: Queue, *users: User) -> None:
    """Take people off a queue."""
    project = queue.sector.project
    stay = User.objects.filter(queue_places__queue=queue).exclude(pk__in=[u.pk for u in users])
    queues.update_queue(queue, by=actor(administrator_of(project.organization), project), agents=list(stay))


def fresh(ticket: Ticket | UUID) -> Ticket:
    """Return the ticket as it is now, with ``position`` in its line (None unless it waits)."""
    pk = ticket if isinstance(ticket, UUID) else ticket.pk
    found = Ticket.objects.for_lists().with_position().get(pk=pk)
    found.position = found.line_position if found.is_waiting else None  # type: ignore[attr-defined]
    return found


def special_day(desk: "Desk", day: date = date(2030, 1, 1), **values: Any) -> WorkException:
    """Return a new special day of the desk's sector."""
    [made] = sectors.add_special_days(desk.sector, [sectors.SpecialDay(day, **values)], by=desk.by())
    return made


def quick_message(desk: "Desk", shortcut: str = "hello", text: str = "Hello!") -> QuickMessage:
    """Return a new quick message of the desk's sector."""
    [made] = sectors.add_quick_messages(
        desk.project, [sectors.QuickText(shortcut, text)], by=desk.by(), sector=desk.sector
    )
    return made


def start_of(desk: "Desk", by: User, **values: Any) -> Start:
    """Return a stored start of a conversation in the desk's sector, queued unless ``values`` say otherwise."""
    given = {"urn": "whatsapp:5511912345678", "person_key": "+5511912345678", "flow_name": "A flow", **values}
    return Start.objects.create(
        project=desk.project, sector=desk.sector, by=by, batch=uuid4(), flow_uuid=str(uuid4()), **given
    )


@dataclass
class Desk:
    """A project's service desk with one sector, ready but for its agents."""

    project: Project
    administrator: User
    sector: Sector
    queue: Queue
    tags: list[Tag] = field(default_factory=list)
    #: Somebody assigned over the limit by hand: the checks after a test allow it.
    overfull: bool = False

    @classmethod
    def set_up(cls, project: Project | None = None, **sector_values: Any) -> "Desk":
        """Return a desk in a project (a new one, if none is given)."""
        project = project or project_of()
        sector = sector_in(project, **sector_values)
        return cls(
            project=project,
            administrator=administrator_of(project.organization),
            sector=sector,
            queue=sector.queues.order_by("position")[0],
            tags=list(sector.tags.order_by("position")),
        )

    # People

    def by(self, user: User | None = None) -> Actor:
        """Return a person as actor here; the administrator unless one is named."""
        return actor(user or self.administrator, self.project)

    def member(self, user: User) -> Member:
        """Return a person's place in the project now."""
        return member(user, self.project)

    def person(self, role: str = ProjectRole.ATTENDANT, word: str = "") -> User:
        """Return a new member of the project with a role of the project."""
        return project_member(self.project, role, word=word)

    def manager(self, sector: Sector | None = None) -> User:
        """Return a new member with *Human attendance* who is appointed to the sector."""
        user = self.person(word="manager")
        sector = sector or self.sector
        sectors.update_sector(sector, by=self.by(), managers=[*sector.managers.all(), user])
        return user

    def agent(self, *on: Queue) -> User:
        """Return a new agent, offline, on the queues (on the desk's first, unless named)."""
        user = self.person(word="agent")
        for queue in on or (self.queue,):
            put_on(queue, user)
        return user

    def one_of_each(self) -> dict[str, User]:
        """Return a new person of each role of the project; managers and agents are such by what they are put on."""
        return {
            "moderator": self.person(ProjectRole.MODERATOR),
            "contributor": self.person(ProjectRole.CONTRIBUTOR),
            "manager": self.manager(),
            "agent": self.agent(),
            "attendant": self.person(ProjectRole.ATTENDANT),
            "viewer": self.person(ProjectRole.VIEWER),
        }

    def agent_online(self, *on: Queue, limit: int | None = None) -> User:
        """Return a new agent who is online; ``limit`` sets the limit of the desk's sector first."""
        if limit is not None:
            self.limit(limit)
        user = self.agent(*on)
        self.status(user, Status.ONLINE)
        return user

    def status(self, user: User, status: str, **values: Any) -> None:
        """Let an agent change their status."""
        queues.set_status(self.project, user, status, by=self.by(user), **values)

    def remove(self, user: User) -> None:
        """Remove a person from the project."""
        membership = ProjectMembership.objects.get(project=self.project, user=user)
        orgs.remove_from_project(membership, by=self.by())

    # Sectors

    def limit(self, limit: int, sector: Sector | None = None) -> None:
        """Set the limit of simultaneous tickets per agent."""
        sectors.update_sector(sector or self.sector, by=self.by(), ticket_limit=limit)

    def rules(self, sector: Sector | None = None, **values: Any) -> AttendanceRules:
        """Set what the sector expects of attending."""
        return tickets.set_service_rules(sector or self.sector, by=self.by(), **values)

    def add_queue(self, name: str = "", sector: Sector | None = None) -> Queue:
        """Return a new queue of the sector."""
        return queues.create_queue(sector or self.sector, name or f"Queue {number()}", by=self.by())

    def add_sector(self, **values: Any) -> Sector:
        """Return another sector of the project."""
        return sector_in(self.project, **values)

    # Tickets

    def open_ticket(
        self,
        contact: str = "",
        *,
        queue: Queue | None = None,
        sector: Sector | None = None,
        by: Actor = FLOW,
        **values: Any,
    ) -> Ticket:
        """Open a ticket as the flow does (of a new contact, unless named); it has its ``position``."""
        ticket, _created = self.open_or_present(contact, queue=queue, sector=sector, by=by, **values)
        return ticket

    def unsaved_ticket(self, **values: Any) -> Ticket:
        """Return a waiting ticket of a new contact in the desk's queue, to be stored around the operations."""
        contact = Contact.objects.create(project=self.project, external_id=f"contact-{number()}")
        return Ticket(
            **{
                "project": self.project,
                "contact": contact,
                "main_contact": contact,
                "sector": self.sector,
                "queue": self.queue,
                "protocol": "by hand",
                **values,
            }
        )

    def open_or_present(
        self,
        contact: str = "",
        *,
        queue: Queue | None = None,
        sector: Sector | None = None,
        by: Actor = FLOW,
        **values: Any,
    ) -> tuple[Ticket, bool]:
        """As ``open_ticket``, with whether the ticket is new."""
        name = contact or f"contact-{number()}"
        place = sector or (None if queue else self.sector)
        ticket, created = tickets.open_ticket(
            self.project,
            tickets.ContactFacts(external_id=name, name=name.capitalize(), urn=f"test:{name}"),
            by=by,
            sector_id=place.pk if place else None,
            queue_id=queue.pk if queue else None,
            **values,
        )
        return fresh(ticket), created

    def close(
        self,
        ticket: Ticket,
        *,
        by: User | None = None,
        tags: Iterable[Tag] | None = None,
        **values: Any,
    ) -> Ticket:
        """Close a ticket, as the administrator and with the desk's first tag unless told otherwise."""
        wanted = self.tags[:1] if tags is None else tags
        tickets.close(ticket.pk, by=self.by(by), tag_ids=[t.pk for t in wanted], **values)
        return fresh(ticket)

    def message(self, ticket: Ticket, text: str = "A question", **values: Any) -> Message:
        """Let the contact write."""
        return tickets.receive(ticket.pk, text, **values)[0]

    def reply(self, ticket: Ticket, by: User, text: str = "An answer", **values: Any) -> Message:
        """Let the ticket's agent answer."""
        return tickets.reply(ticket.pk, text, by=self.by(by), **values)

    def line(self, queue: Queue | None = None) -> list[Ticket]:
        """Return what waits in the queue (the desk's first, unless named), first to last."""
        return list(Ticket.objects.waiting().filter(queue=queue or self.queue).in_line_order())

    def closed_ticket(self, by: User | None = None, now: datetime | None = None) -> Ticket:
        """Open a ticket and close it."""
        return self.close(self.open_ticket(now=now), by=by, now=now)
