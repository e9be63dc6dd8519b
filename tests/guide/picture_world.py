"""A project with a past and a present in one language, of which the guide's pictures are taken."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from unittest import mock

from django.db import transaction
from django.utils import timezone, translation

from demo import now, past, places, set_up, writer
from demo.dialogues import language as dialogues
from demo.people import Login
from orgs import operations as orgs
from orgs.access import Actor
from orgs.models import Organization, OrganizationRole, Project, ProjectRole, User
from queues.models import Queue
from queues.operations import create_queue
from sectors.models import Sector
from sectors.operations import create_sector
from tags.operations import add_tags, starter_name
from tickets.models import Ticket

SEED = 11


@dataclass(frozen=True)
class Words:
    """What things are called in a language. ``sectors`` are those of the demo that are written in it."""

    code: str
    locale: str
    organization: str
    project: str
    new_project: str
    new_sector: str
    sectors: tuple[str, ...]
    pause: str


WORDS = {
    "en": Words(
        "en", "en_US", "Harbor", "Harbor Store", "Harbor Travel", "Bookings", ("Billing", "Helpline 24/7"), "Lunch"
    ),
    "es": Words("es", "es_MX", "Puerto", "Tienda del Puerto", "Viajes del Puerto", "Reservas", ("Ventas",), "Comida"),
    "pt-BR": Words(
        "pt", "pt_BR", "Porto", "Loja do Porto", "Viagens do Porto", "Reservas", ("Suporte", "Entregas"), "Almoço"
    ),
}
#: The language of people and pages, by folder.
CODES = {"en": "en", "es": "es", "pt-BR": "pt-br"}


@dataclass(frozen=True)
class PictureWorld:
    """What the pictures show, and who looks."""

    project: Project
    new_project: Project
    sector: Sector
    ticket: Ticket
    administrator: User
    agent: User


def build(folder: str) -> PictureWorld:
    """Make the world of a language (a folder of docs/guide)."""
    words, code = WORDS[folder], CODES[folder]
    with translation.override(code), _only_what_speaks(words):
        project = set_up.set_up("demo", SEED)
        User.objects.update(language=code, theme="light")
        past.write_past(project, tickets=420, days=28, seed=SEED, until=timezone.now(), show=lambda _done: None)
        User.objects.update(language=code, theme="light")
        now.set_statuses(project, timezone.now())
        _open_tickets(project, words)
        Sector.objects.filter(project=project, ranges__isnull=False).update(always_open=False)
        administrator = User.objects.get(email="admin@example.org")
        new = _new_project(project.organization, words, administrator)
        Organization.objects.filter(pk=project.organization_id).update(name=words.organization)
        Project.objects.filter(pk=project.pk).update(name=words.project)
    ticket = (
        Ticket.objects.filter(project=project, agent__email="agent1@example.org", status="active")
        .order_by("opened_at")
        .first()
    )
    assert ticket is not None
    assert ticket.agent is not None
    return PictureWorld(project, new, ticket.sector, ticket, administrator, ticket.agent)


@contextmanager
def _only_what_speaks(words: Words) -> Iterator[None]:
    """Let the demo have the sectors of a language alone, open now, and people for them."""
    plans = tuple(
        replace(plan, always_open=True, limit=3, languages={words.code: 1.0})
        for plan in places.SECTORS
        if plan.name in words.sectors
    )
    queues = {plan.name: tuple(queue.name for queue in plan.queues) for plan in plans}
    people = (
        Login(
            "admin@example.org",
            "administrator",
            words.locale,
            organization_role=OrganizationRole.ADMINISTRATOR,
            project_role=ProjectRole.MODERATOR,
        ),
        Login("manager@example.org", "manager", words.locale, manages=words.sectors),
        Login("agent1@example.org", "agent", words.locale, places=queues),
        Login("agent2@example.org", "agent", words.locale, places=queues),
        Login("agent3@example.org", "agent", words.locale, places=queues, paused=words.pause),
    )
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(writer, "WRITERS", 0))
        for module in (set_up, past):
            stack.enter_context(mock.patch.object(module, "SECTORS", plans))
        for module in (set_up, now):
            stack.enter_context(mock.patch.object(module, "LOGINS", people))
        yield


def _open_tickets(project: Project, words: Words) -> None:
    """Fill the agents, and let a few contacts wait."""
    random = Random(SEED)
    queues = list(Queue.objects.filter(sector__project=project, sector__name=words.sectors[0]).order_by("name"))
    for number in range(9):
        queue = queues[number % len(queues)]
        topics = dialogues(words.code).topics[queue.name]
        at = timezone.now() - timedelta(minutes=34 - 3 * number)
        now._open(project, queue, words.code, topics[number % len(topics)], at, 6 - number // 2, random)


def _new_project(organization: Organization, words: Words, administrator: User) -> Project:
    """Return a project with members and a sector, whose next step is the queue with agents."""
    project = orgs.create_project(organization, words.new_project, by=Actor(user=administrator))
    for email in ("agent1@example.org", "agent2@example.org"):
        orgs.add_to_project(
            project, User.objects.get(email=email), ProjectRole.ATTENDANT, by=Actor(user=administrator)
        )
    with transaction.atomic():
        sector = create_sector(project, words.new_sector, by=Actor(user=administrator), always_open=True)
        create_queue(sector, words.new_sector, by=Actor(user=administrator))
        add_tags(sector, [starter_name()], by=Actor(user=administrator))
    return project
