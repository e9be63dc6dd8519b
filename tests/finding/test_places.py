"""Every list and picker finds names alike: all words, in any order, whatever case, accents and forms of Unicode."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from orgs.models import AuditEntry, OrganizationMembership, Project, ProjectMembership, User
from queues.models import Queue
from sectors import operations as sectors
from sectors.models import Sector
from tags import operations as tags
from tags.models import Tag
from tests.builders import Desk, put_on
from tests.pages import Pages, text_of

NAME = "Devolução Ñandú ﬁnal"
FOUND = ["nandu devolucao", "FINAL DEVOLUÇÃO", "ｄｅｖｏｌｕｃａｏ", "devoluc\u0327a\u0303o nandu"]
NOT_FOUND = ["devolucao gato", "nandux"]


class World:
    """A project in which one of each kind bears the name, and one of each does not."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.sector = desk.add_sector(name=NAME)
        self.queue = desk.add_queue(NAME, self.sector)
        [self.tag] = tags.add_tags(self.sector, [NAME], by=desk.by())
        self.person = desk.agent(desk.queue)
        put_on(self.queue, self.person)
        first, last = NAME.rsplit(" ", 1)
        User.objects.filter(pk=self.person.pk).update(first_name=first, last_name=last)
        self.candidate = desk.person()
        ProjectMembership.objects.filter(user=self.candidate).delete()
        User.objects.filter(pk=self.candidate.pk).update(first_name=last, last_name=first)
        sectors.update_sector(self.sector, by=desk.by(self.configures()), ticket_limit=7)
        desk.close(desk.open_ticket(queue=self.queue), tags=[self.tag])
        self.pages = Pages(desk.administrator, desk.project)

    def configures(self) -> User:
        """Return somebody of that name who may change the sector."""
        user = self.desk.person("moderator")
        User.objects.filter(pk=user.pk).update(first_name="Ñandú ﬁnal", last_name="Devolução")
        user.refresh_from_db()
        return user

    def office(self, model: type, typed: str) -> bool:
        operator = User.objects.filter(is_superuser=True).first() or User.objects.create_superuser("op@example.org")
        client = Client(REMOTE_ADDR="203.0.113.9")
        client.force_login(operator)
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")  # type: ignore[attr-defined]
        answer = client.get(url, {"q": typed})
        assert answer.status_code == 200
        return answer.context["cl"].result_count > 0


def _choices(world: World, page: str, typed: str, *more: object) -> bool:
    found = world.pages.get(page, *more, q=typed).json()
    return bool(found.get("choices", found.get("people")))


def _listed(world: World, url: str, by: str = "q", **more: str) -> Callable[[str], bool]:
    """Return whether a page lists the name for a text, more often than it stands there anyway."""

    def times(typed: str) -> int:
        answer = world.pages.client.get(url, {by: typed, **more})
        assert answer.status_code == 200
        return text_of(answer).count(NAME)

    return lambda typed: times(typed) > times("nothing is called this")


def _page(world: World, page: str, *more: object) -> Callable[[str], bool]:
    return _listed(world, world.pages.url(page, *more))


def _projects(world: World, page: str, *more: object) -> Callable[[str], bool]:
    Project.objects.filter(pk=world.desk.project.pk).update(name=NAME)
    return _listed(world, reverse(page, args=more))


def _entries(world: World, by: str) -> Callable[[str], bool]:
    return _listed(world, world.pages.url("orgs:project_audit"), by, what="sector.changed")


def _tags_to_merge_into(world: World, typed: str) -> bool:
    other = Tag.objects.filter(sector=world.sector).exclude(pk=world.tag.pk)[0]
    return _choices(world, "tags:choices", typed, other.pk)


PLACES: dict[str, Callable[[World, str], bool]] = {
    "sectors": lambda w, q: _page(w, "sectors:list")(q),
    "queues": lambda w, q: _page(w, "queues:list", w.sector.pk)(q),
    "tags": lambda w, q: _page(w, "tags:list", w.sector.pk)(q),
    "members": lambda w, q: _page(w, "orgs:project_members")(q),
    "palette: sectors": lambda w, q: _page(w, "palette:find")(q),
    "projects of an organization": lambda w, q: _projects(w, "orgs:organization", w.desk.project.organization_id)(q),
    "all projects": lambda w, q: _projects(w, "orgs:home")(q),
    "audit log: whose": lambda w, q: _entries(w, "who")(q),
    "audit log: of what": lambda w, q: _entries(w, "thing")(q),
    "candidates": lambda w, q: _choices(w, "orgs:project_candidates", q),
    "people of a queue": lambda w, q: _choices(w, "sectors:people", q),
    "places for open tickets": lambda w, q: _choices(w, "sectors:places", q),
    "tags to merge into": _tags_to_merge_into,
    "history: sector": lambda w, q: _choices(w, "reports:choices", q, "sector"),
    "history: queue": lambda w, q: _choices(w, "reports:choices", q, "queue"),
    "history: tag": lambda w, q: _choices(w, "reports:choices", q, "tags"),
    "back office: sectors": lambda w, q: w.office(Sector, q),
    "back office: queues": lambda w, q: w.office(Queue, q),
    "back office: people": lambda w, q: w.office(User, q),
    "back office: members": lambda w, q: w.office(OrganizationMembership, q),
    "back office: audit log": lambda w, q: w.office(AuditEntry, q),
}


@pytest.mark.parametrize("place", PLACES)
def test_names_are_found(desk: Desk, place: str) -> None:
    world, found = World(desk), PLACES[place]
    assert [typed for typed in FOUND if not found(world, typed)] == []
    assert [typed for typed in NOT_FOUND if found(world, typed)] == []
