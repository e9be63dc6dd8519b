"""The machinery of the access walk: a world with one person of each kind, and every address of the program."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from orgs import operations as orgs
from orgs.models import OrganizationRole, ProjectRole, User
from tests.builders import Desk, organization_member, project_member, project_of, special_day
from tickets.models import Message, Ticket

#: People inside the project, from who may most to who may least.
INSIDE = ("administrator", "moderator", "contributor", "manager", "other_manager", "agent", "viewer")
#: People who are signed in but outside: in another project of the organization, in another organization, no longer
#: a member of the project, in the organization alone.
OUTSIDE = ("other_project", "other_organization", "removed", "organization_viewer")
PEOPLE = (*INSIDE, *OUTSIDE, "signed_out")
#: Programs, by what their token may and reaches.
PROGRAMS = ("reads", "administers", "opens", "sector_administers", "foreign", "revoked")


def routes() -> Iterator[tuple[str, str]]:
    """Yield each URL pattern of the program as (name with its namespaces, path)."""
    yield from _routes(get_resolver(), "", "")


def _routes(resolver: URLResolver, space: str, path: str) -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        here = path + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _routes(pattern, inner, here)
        elif isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}", here


_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


def parameters(path: str) -> list[str]:
    """Return the names of a path's parameters."""
    return [one or other for one, other in _PARAMETER.findall(path)]


def fill(path: str, values: dict[str, Any]) -> str:
    """Return the path with its parameters filled in."""
    filled = _PARAMETER.sub(lambda m: str(values[m.group(1) or m.group(2)]), path)
    return "/" + filled.replace("^", "").replace("/?$", "/").replace("$", "")


@dataclass
class World:
    """A project with somebody and something of each kind, one beside it in its organization, and one far away."""

    desk: Desk
    elsewhere: Desk
    far: Desk
    users: dict[str, User] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)
    foreign: dict[str, Any] = field(default_factory=dict)
    _clients: dict[str, Client] = field(default_factory=dict)

    @classmethod
    def build(cls) -> "World":
        """Return the world."""
        desk = Desk.set_up()
        world = cls(desk, Desk.set_up(project_of(desk.project.organization)), Desk.set_up())
        world._people()
        world._programs()
        world.own = _things(desk, world.users["agent"])
        world.foreign = _things(world.elsewhere, world.elsewhere.agent_online())
        # Things of an organization are foreign only in another one.
        far = _things(world.far, world.far.agent_online())
        world.foreign |= {name: far[name] for name in ("user", "invitation")}
        return world

    def _people(self) -> None:
        desk, organization = self.desk, self.desk.project.organization
        other_sector = desk.add_sector(name="Another sector")
        removed = desk.agent()
        self.users = {
            "administrator": desk.administrator,
            "moderator": desk.person(ProjectRole.MODERATOR),
            "contributor": desk.person(ProjectRole.CONTRIBUTOR),
            "manager": desk.manager(),
            "other_manager": desk.manager(other_sector),
            "agent": desk.agent_online(),
            "viewer": desk.person(ProjectRole.VIEWER),
            "other_project": project_member(self.elsewhere.project, ProjectRole.MODERATOR),
            "other_organization": self.far.administrator,
            "removed": removed,
            "organization_viewer": organization_member(organization, OrganizationRole.VIEWER),
        }
        desk.remove(removed)

    def _programs(self) -> None:
        reach: dict[str, dict[str, Any]] = {
            "reads": {"scopes": ["read"], "project": self.desk.project},
            "administers": {"scopes": ["administer"], "project": self.desk.project},
            "opens": {"scopes": ["open"], "project": self.desk.project},
            "sector_administers": {
                "scopes": ["administer"],
                "project": self.desk.project,
                "sector_id": self.desk.sector.pk,
            },
            "foreign": {"scopes": ["open", "administer"], "project": self.elsewhere.project},
            "revoked": {"scopes": ["open", "administer"], "project": self.desk.project},
        }
        for name, values in reach.items():
            by = self.elsewhere.by() if name == "foreign" else self.desk.by()
            token, self.secrets[name] = orgs.create_token(name, by=by, **values)
            if name == "revoked":
                orgs.revoke_token(token, by=by)

    def ids(self, path: str, which: str) -> dict[str, Any]:
        """Return values for a path's parameters.

        ``own`` is of the project; ``foreign`` and ``unknown`` name the project but another's thing, or nothing's;
        ``no project`` names a project that does not exist.
        """
        names = parameters(path)
        values = {name: self.own[name] for name in names}
        outer = {"project", "organization"}
        for name in names:
            if which == "no project" and name in outer:
                values[name] = uuid4()
            elif name not in outer and which == "foreign":
                values[name] = self.foreign[name]
            elif name not in outer and which == "unknown":
                values[name] = uuid4()
        return values

    def ask(self, who: str, method: str, url: str, data: dict[str, Any] | None = None) -> HttpResponseBase:
        """Send a request as a person or program; whatever it changes is undone."""
        client = self._client(who)
        headers = {"authorization": f"Bearer {self.secrets[who]}"} if who in self.secrets else {}
        is_json = url.startswith(("/api/", "/v1/"))
        body: dict[str, Any] = {"data": data or {}}
        if is_json and method != "GET":
            body["content_type"] = "application/json"
        point = transaction.savepoint()
        try:
            return getattr(client, method.lower())(url, headers=headers, **body)
        finally:
            transaction.savepoint_rollback(point)

    def _client(self, who: str) -> Client:
        """Return a browser in which the person is signed in, if it is one."""
        if who not in self._clients:
            self._clients[who] = Client(raise_request_exception=False)
            if who in self.users:
                self._clients[who].force_login(self.users[who])
        return self._clients[who]


def _things(desk: Desk, agent: User) -> dict[str, Any]:
    """Return one thing of each kind of a desk, by the name that addresses give it."""
    ticket: Ticket = desk.open_ticket(wanted_agent=agent, callback_url="https://flow.example.org/")
    assert ticket.agent == agent
    message: Message = desk.reply(ticket, agent)
    member = desk.person()
    organization = desk.project.organization
    _membership, invitation, secret = orgs.add_by_email(
        organization, f"invited-{uuid4().hex}@example.org", OrganizationRole.VIEWER, by=desk.by()
    )
    assert invitation is not None
    flow, _secret = orgs.create_token("Flow", by=desk.by(), scopes=["open"], project=desk.project)
    things: dict[str, UUID | str] = {
        "project": desk.project.pk,
        "organization": organization.pk,
        "sector": desk.sector.pk,
        "queue": desk.queue.pk,
        "tag": desk.tags[0].pk,
        "day": special_day(desk).pk,
        "ticket": ticket.pk,
        "room": ticket.pk,
        "message": message.pk,
        "user": member.pk,
        "invitation": invitation.pk,
        "token": flow.pk,
        "secret": secret,
        "name": "photo.webp",
    }
    return things
