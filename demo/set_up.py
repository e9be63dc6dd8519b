"""Creates the demo project's organization, people and sectors. Existing ones stay unchanged."""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from functools import cache
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import translation

from core.errors import DomainError
from orgs import operations as orgs
from orgs.access import SYSTEM, Actor, member_of
from orgs.models import (
    Organization,
    OrganizationMembership,
    OrganizationRole,
    Project,
    ProjectMembership,
    ProjectRole,
    User,
)
from queues.models import Queue as QueueRow
from queues.models import QueueAgent
from queues.operations import create_queue
from sectors.models import Sector as SectorRow
from sectors.models import SectorManager
from sectors.operations import create_sector, set_automatic_messages
from tags.models import Tag
from tags.operations import add_tags, tag_for_flow
from tickets.models import Ticket
from tickets.operations import set_service_rules

from . import world
from .clock import Ms, OpenTime
from .names import names_of
from .people import LOGINS, OPERATOR, PASSWORD, Login
from .places import SECTORS, SectorPlan
from .texts import AGAIN_AFTER, AUTOMATIC

ORGANIZATION = "Demo"
_LANGUAGES = {"en_US": "en", "es_MX": "es", "pt_BR": "pt-br"}


class NotADemo(DomainError):
    """The project wasn't created by this command: its people must not get logins with a known password."""

    code = "not_a_demo"

    def __init__(self, slug: str) -> None:
        super().__init__(f"The project “{slug}” was not made by this command. Choose another slug.")


@transaction.atomic
def set_up(slug: str, seed: int) -> Project:
    """Return the demo project with that slug, creating it, its people and sectors if necessary.

    Raises NotADemo for a project created otherwise.
    """
    project = Project.objects.filter(slug=slug).select_related("organization").first()
    administrator = _person(LOGINS[0], 0, seed)
    if project is not None:
        if not _is_demo(project, administrator):
            raise NotADemo(slug)
    else:
        organization = _organization(administrator)
        name = ORGANIZATION if slug == "demo" else slug.replace("-", " ").capitalize()
        project = orgs.create_project(organization, name, by=Actor(user=administrator), slug=slug)
    users = {login.email: _person(login, i, seed) for i, login in enumerate(LOGINS)}
    for login in LOGINS:
        _join(project, users[login.email], login.organization_role, login.project_role)
    _operator(project.organization, seed)
    by = _acting(administrator, project)
    for plan in SECTORS:
        if not SectorRow.objects.filter(project=project, name=plan.name).exists():
            _sector(project, plan, users, by)
    return project


def _is_demo(project: Project, administrator: User) -> bool:
    return OrganizationMembership.objects.filter(
        organization=project.organization, user=administrator, role=OrganizationRole.ADMINISTRATOR
    ).exists()


def _acting(administrator: User, project: Project) -> Actor:
    member = member_of(administrator, project.pk)
    return Actor.of(member) if member else SYSTEM


def _organization(administrator: User) -> Organization:
    row = (
        OrganizationMembership.objects.filter(
            user=administrator, role=OrganizationRole.ADMINISTRATOR, organization__archived_at=None
        )
        .select_related("organization")
        .first()
    )
    if row is not None:
        return row.organization
    return orgs.create_organization(ORGANIZATION, by=Actor(user=administrator))


def _person(login: Login, number: int, seed: int) -> User:
    known = User.objects.filter(email=login.email).first()
    return known or _new_users([(login.email, login.locale, number)], seed, password=_password())[0]


def _operator(organization: Organization, seed: int) -> None:
    """Create the operator, unless there are other organizations, which a known password would expose."""
    if Organization.objects.exclude(pk=organization.pk).exists():
        return
    if not User.objects.filter(email=OPERATOR.email).exists():
        user = _person(OPERATOR, len(LOGINS), seed)
        user.is_staff = user.is_superuser = True
        user.save(update_fields=["is_staff", "is_superuser"])


@cache
def _password() -> str:
    """Return the hash of the logins' password, computed once, since hashing takes a good part of a second."""
    return make_password(PASSWORD)


def _new_users(people: Iterable[tuple[str, str, int]], seed: int, *, password: str) -> list[User]:
    """Create users of (e-mail, locale, number); the number determines the name."""
    made = []
    for email, locale, number in people:
        names = names_of(locale, seed)
        made.append(
            User(
                email=email,
                first_name=names.first[number % len(names.first)],
                last_name=names.last[(number * 7 + 3) % len(names.last)],
                language=_LANGUAGES[locale] if password.startswith("!") else "",
                password=password,
            )
        )
    return User.objects.bulk_create(made)


def _join(project: Project, user: User, organization_role: str, project_role: str) -> None:
    inside = OrganizationMembership.objects.filter(organization=project.organization, user=user)
    if not inside.exists():
        orgs.add_to_organization(project.organization, user, organization_role, by=SYSTEM)
    if not ProjectMembership.objects.filter(project=project, user=user).exists():
        orgs.add_to_project(project, user, project_role, by=SYSTEM)


def _sector(project: Project, plan: SectorPlan, users: dict[str, User], by: Actor) -> None:
    managers = [users[login.email] for login in LOGINS if plan.name in login.manages]
    sector = create_sector(
        project,
        plan.name,
        by=by,
        timezone_name=plan.timezone,
        week=plan.week,
        always_open=plan.always_open,
        ticket_limit=plan.limit,
        active_messages=plan.always_open,
        managers=managers,
    )
    for queue in plan.queues:
        agents = [users[login.email] for login in LOGINS if queue.name in login.places.get(plan.name, ())]
        create_queue(sector, queue.name, by=by, agents=agents)
    tags = add_tags(sector, plan.tags, by=by)
    if plan.attending is not None:
        silent = next(tag for tag in tags if tag.name == plan.silent_tag) if plan.attending.close_after else None
        set_service_rules(sector, by=by, close_tag=silent, **asdict(plan.attending))
    with translation.override(_LANGUAGES[plan.locale]):
        tag_for_flow(sector)
    every = None if plan.always_open else AGAIN_AFTER
    set_automatic_messages(sector, AUTOMATIC[plan.locale], by=by, waiting_every=every)


@transaction.atomic
def add_staff(project: Project, plan: SectorPlan, wanted: int, seed: int) -> None:
    """Add people without a login to every queue of a sector until there are ``wanted``.

    In bulk and without audit entries: a large past needs hundreds of them.
    """
    sector = SectorRow.objects.get(project=project, name=plan.name)
    present = QueueAgent.objects.filter(queue__sector=sector).values("user").distinct().count()
    if wanted <= present:
        return
    place = next(i for i, other in enumerate(SECTORS) if other.name == plan.name)
    people = [
        (f"staff{place + 1}.{n}@example.org", plan.locale, len(LOGINS) + 40 * place + n)
        for n in range(1, wanted - present + 1)
    ]
    known = {u.email: u for u in User.objects.filter(email__in=[email for email, _locale, _n in people])}
    new = _new_users([p for p in people if p[0] not in known], seed, password="!")
    staff = [*known.values(), *new]
    _enrol(project, staff)
    queues = QueueRow.objects.filter(sector=sector, name__in=[q.name for q in plan.queues])
    QueueAgent.objects.bulk_create(
        [QueueAgent(queue=queue, user=user) for queue in queues for user in staff], ignore_conflicts=True
    )


def _enrol(project: Project, users: Collection[User]) -> None:
    OrganizationMembership.objects.bulk_create(
        [
            OrganizationMembership(organization_id=project.organization_id, user=user, role=OrganizationRole.VIEWER)
            for user in users
        ],
        ignore_conflicts=True,
    )
    ProjectMembership.objects.bulk_create(
        [
            ProjectMembership(
                organization_id=project.organization_id, project=project, user=user, role=ProjectRole.ATTENDANT
            )
            for user in users
        ],
        ignore_conflicts=True,
    )


def load(project: Project, start: Ms, end: Ms) -> tuple[list[world.Sector], list[world.Agent]]:
    """Return the project's demo sectors and people for the simulation, in an order that doesn't depend on ids."""
    agents: dict[UUID, world.Agent] = {}
    sectors = []
    for plan in SECTORS:
        row = SectorRow.objects.prefetch_related("ranges", "exceptions").get(project=project, name=plan.name)
        names = {t.name: t.pk.hex for t in Tag.objects.filter(sector=row, closed_by_flow=False)}
        flow = tag_for_flow(row)
        sector = world.Sector(
            id=row.pk.hex,
            plan=plan,
            limit=row.ticket_limit,
            open_time=OpenTime(row.hours, start, end),
            tags={name: names[name] for name in plan.tags if name in names},
            flow_tag=(flow.name, flow.pk.hex),
        )
        for queue in plan.queues:
            _load_queue(QueueRow.objects.get(sector=row, name=queue.name), queue.share, sector, agents)
        for appointment in SectorManager.objects.filter(sector=row).select_related("user").order_by("user__email"):
            sector.managers.append(_agent(appointment.user, agents))
        sectors.append(sector)
    return sectors, list(agents.values())


def _load_queue(row: QueueRow, share: float, sector: world.Sector, agents: dict[UUID, world.Agent]) -> None:
    queue = world.Queue(row.pk.hex, row.name, sector, share)
    sector.queues.append(queue)
    for place in row.places.select_related("user").order_by("user__email"):
        agent = _agent(place.user, agents)
        if agent.home is None:
            agent.home = sector
        if sector not in agent.sectors:
            agent.sectors.append(sector)
        agent.queues.setdefault(id(sector), []).append(queue)
        queue.agents.append(agent)


def _agent(user: User, agents: dict[UUID, world.Agent]) -> world.Agent:
    if user.pk not in agents:
        agents[user.pk] = world.Agent(len(agents), str(user.pk), user.name, user.first_name)
    return agents[user.pk]


def earliest(project: Project) -> Ticket | None:
    """Return the project's first ticket; an added past ends before it."""
    return Ticket.objects.filter(project=project).order_by("opened_at").first()
