"""The machinery of the access walk: a world with one person of each kind, and every address of the program."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from PIL import Image

from active_messages.models import FlowEngine, Refusal, Start, StartState
from core.encryption import encrypt
from orgs import operations as orgs
from orgs.access import SYSTEM
from orgs.models import ApiToken, OrganizationRole, ProjectRole, User
from queues import operations as queues
from queues.models import Queue
from sectors import operations as sectors
from sectors.models import Sector
from tags.models import Tag
from tests.builders import (
    Desk,
    organization_member,
    project_member,
    project_of,
    quick_message,
    special_day,
    start_of,
)
from tickets import operations as tickets
from tickets.models import Contact, JoinReason, Message, Ticket

#: People inside the project, from who may most to who may least.
INSIDE = ("administrator", "moderator", "contributor", "manager", "other_manager", "agent", "viewer")
#: People who are signed in but outside: in another project of the organization, in another organization, no longer
#: a member of the project, in the organization alone.
OUTSIDE = ("other_project", "other_organization", "removed", "organization_viewer")
PEOPLE = (*INSIDE, *OUTSIDE, "signed_out")
#: Programs, by what their token may and reaches.
PROGRAMS = ("reads", "administers", "opens", "sector_administers", "foreign", "revoked")
#: More people, who are answered as another is wherever a row of the table does not name them: in the organization
#: alone with its other roles, removed from the organization too, with an account that was switched off.
LIKE_PEOPLE = {
    "organization_contributor": "organization_viewer",
    "financial": "organization_viewer",
    "left": "other_organization",
    "inactive": "signed_out",
}
#: More programs, likewise. Of an organization's token in the organization: ``LIKE_IN_ORGANIZATION``.
LIKE_PROGRAMS = {
    "expired": "revoked",
    "archived": "revoked",
    "organization_reads": "reads",
    "organization_administers": "administers",
}
LIKE_IN_ORGANIZATION = {"organization_reads": "organization_viewer", "organization_administers": "administrator"}
#: What things are called, by whose they are: no answer to whoever may not see them holds it.
OWN, ELSEWHERE, FAR = "Zebrafish", "Quagmires", "Kumquats"


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
    #: Things of the same project in another sector; and far away, in another organization.
    beside: dict[str, Any] = field(default_factory=dict)
    distant: dict[str, Any] = field(default_factory=dict)
    other_sector: Sector = field(init=False)
    #: Requests sent, and answers that told too much.
    asked: int = 0
    leaks: list[str] = field(default_factory=list)
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
        world.own["queue_elsewhere"] = world.other_sector.queues.get().pk
        world.foreign["queue_elsewhere"] = world.foreign["queue"]
        # Things of an organization are foreign only in another one.
        UserSession.objects.create(
            user=world.far.administrator, ip="127.0.0.1", session_key="elsewhere", user_agent="somebody's"
        )
        far = world.distant = _things(world.far, world.far.agent_online())
        world.foreign |= {name: far[name] for name in ("user", "invitation")}
        world.foreign["device"] = UserSession.objects.get(user=world.far.administrator).pk
        world.beside = world._things_beside()
        for place, mark in ((desk, OWN), (world.elsewhere, ELSEWHERE), (world.far, FAR)):
            _mark(place, mark)
        people = User.objects.filter(organization_memberships__organization=world.far.project.organization)
        people.update(first_name=FAR)
        return world

    def _things_beside(self) -> dict[str, Any]:
        """Return one thing of each kind of another sector of the project."""
        desk, sector = self.desk, self.other_sector
        ticket = desk.open_ticket(sector=sector)
        return {
            "sector": sector.pk,
            "queue": sector.queues.get().pk,
            "tag": sector.tags.order_by("position")[0].pk,
            "ticket": ticket.pk,
        }

    def _people(self) -> None:
        desk, organization = self.desk, self.desk.project.organization
        other_sector = self.other_sector = desk.add_sector(name="Another sector")
        removed, left, inactive = desk.agent(), desk.agent(), desk.agent()
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
            "organization_contributor": organization_member(organization, OrganizationRole.CONTRIBUTOR),
            "financial": organization_member(organization, OrganizationRole.FINANCIAL),
            "left": left,
            "inactive": inactive,
        }
        desk.remove(removed)
        orgs.remove_from_organization(left.organization_memberships.get(), by=desk.by())

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
            "expired": {"scopes": ["open", "administer"], "project": self.desk.project},
            "archived": {"scopes": ["open", "administer"], "project": self.desk.project},
            "organization_reads": {"scopes": ["read"], "organization": self.desk.project.organization},
            "organization_administers": {"scopes": ["administer"], "organization": self.desk.project.organization},
        }
        for name, values in reach.items():
            if name == "expired":
                values["expires_at"] = timezone.now() + timedelta(days=1)
            if name == "archived":
                values["project"] = project_of(self.desk.project.organization)
            token, self.secrets[name] = orgs.create_token(name, by=SYSTEM, **values)
            if name == "revoked":
                orgs.revoke_token(token, by=SYSTEM)
            if name == "expired":
                # It was over as soon as it was made.
                moment = timedelta(microseconds=1)
                ApiToken.objects.filter(pk=token.pk).update(expires_at=token.created_at + moment)
            if name == "archived":
                orgs.archive_project(values["project"], by=SYSTEM)

    def ids(self, path: str, which: str) -> dict[str, Any]:
        """Return values for a path's parameters.

        ``own`` is of the project; ``foreign`` and ``unknown`` name the project but another's thing, or nothing's;
        ``no project`` names a project that does not exist; ``foreign x`` and ``unknown x`` change x alone.
        """
        names = parameters(path)
        values = {name: self.own[name] for name in names}
        outer = outer_of(names)
        for name in names:
            if name in NO_IDS:
                continue
            if which == "no project" and name in outer:
                values[name] = uuid4()
            elif name not in outer and which in {"foreign", f"foreign {name}"}:
                # A project of the same organization is no stranger to it, nor is the project's token.
                far = "organization" in outer and name in {"project", "token"}
                values[name] = (self.distant if far else self.foreign)[name]
            elif name not in outer and which in {"unknown", f"unknown {name}"}:
                values[name] = 888_888_888 if isinstance(values[name], int) else uuid4()
        return values

    def ask(self, who: str, method: str, url: str, data: dict[str, Any] | None = None) -> HttpResponseBase:
        """Send a request as a person or program; whatever it changes is undone.

        Notes in ``leaks`` an answer that names what whoever asks may not see.
        """
        client = self.client_of(who)
        # What was said about the request before.
        client.cookies.pop("messages", None)
        headers = {"authorization": f"Bearer {self.secrets[who]}"} if who in self.secrets else {}
        is_json = url.startswith(("/api/", "/v1/", "/v2/"))
        body: dict[str, Any] = {"data": data or {}}
        if is_json and method != "GET":
            body["content_type"] = "application/json"
        point = transaction.savepoint()
        self.asked += 1
        try:
            answer = getattr(client, method.lower())(url, headers=headers, **body)
            text = content_of(answer)
        finally:
            transaction.savepoint_rollback(point)
        self.leaks += [f"{method} {url} tells {who} of {mark}" for mark in hidden_from(who) if mark in text]
        known = who in self.secrets or (who in self.users and who != "inactive")
        # Health checks are answered before anybody is looked at.
        known = known and url not in {"/healthz", "/readyz"}
        if known and not {"private", "no-store"} & set(answer.headers.get("Cache-Control", "").split(", ")):
            self.leaks.append(f"{method} {url}: what {who} is answered may be kept and shown to others")
        return answer

    def client_of(self, who: str) -> Client:
        """Return a browser in which the person is signed in, if it is one."""
        if who not in self._clients:
            self._clients[who] = Client(raise_request_exception=False)
            if who in self.users:
                self._clients[who].force_login(self.users[who])
            if who == "inactive":
                User.objects.filter(pk=self.users[who].pk).update(is_active=False)
        return self._clients[who]


#: Parts of addresses that are words of the program, of which there are no another's.
NO_IDS = {"field", "chapter"}


def outer_of(names: list[str]) -> set[str]:
    """Return the parameters of a path that say where it is: in an organization, or else in a project."""
    return {"organization"} if "organization" in names else {"project"}


def hidden_from(who: str) -> tuple[str, ...]:
    """Return the marks of things that a person or program may not see."""
    if who in {"other_project", "foreign"}:
        return (OWN, FAR)
    if who == "other_organization":
        return (OWN, ELSEWHERE)
    if who in {*INSIDE, *PROGRAMS, *LIKE_PROGRAMS} - {"viewer", "other_manager", "revoked", "expired", "archived"}:
        return (ELSEWHERE, FAR)
    return (OWN, ELSEWHERE, FAR)


def content_of(answer: HttpResponseBase) -> str:
    """Return the text of an answer, one that is streamed too; it can be read again."""
    if answer.streaming:
        content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        answer.streaming_content = [content]  # type: ignore[attr-defined]
        return content.decode(errors="replace")
    return answer.content.decode(errors="replace")  # type: ignore[attr-defined]


def _mark(desk: Desk, mark: str) -> None:
    """Give the things of a desk names that are found in any answer."""
    Sector.objects.filter(pk=desk.sector.pk).update(name=f"{mark} sector")
    for queue in desk.sector.queues.all():
        Queue.objects.filter(pk=queue.pk).update(name=f"{mark} queue {queue.position}")
    for tag in desk.sector.tags.all():
        Tag.objects.filter(pk=tag.pk).update(name=f"{mark} tag {tag.position}")
    Contact.objects.filter(tickets__sector=desk.sector).update(name=f"{mark} contact", urn=f"test:{mark}")
    Message.objects.filter(ticket__sector=desk.sector).update(text=f"{mark} said")
    Start.objects.filter(sector=desk.sector).update(name=f"{mark} contact", flow_name=f"{mark} flow")


def _start(desk: Desk, agent: User) -> Start:
    """Return a conversation that was not started, of a sector that has active messages; its engine is unknown."""
    FlowEngine.objects.create(
        project=desk.project, address="http://127.0.0.1:9/api/v2", token=encrypt("token of an engine")
    )
    Sector.objects.filter(pk=desk.sector.pk).update(active_messages=True)
    return start_of(
        desk,
        agent,
        urn="tel:+5511912345678",
        state=StartState.REFUSED,
        refusal=Refusal.UNREACHABLE,
        settled_at=timezone.now(),
    )


def _things(desk: Desk, agent: User) -> dict[str, Any]:
    """Return one thing of each kind of a desk, by the name that addresses give it."""
    # Both types of the flow engine find it: its id is what the one calls a room and the other its external id.
    ticket: Ticket = desk.open_ticket(
        wanted_agent=agent, callback_url="https://flow.example.org/", flow_type="generic"
    )
    assert ticket.agent == agent
    message: Message = desk.reply(ticket, agent)
    picture = BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    added = [tickets.add_file(ticket.pk, BytesIO(picture.getvalue()), "a.png", by=desk.by(agent)) for _ in range(2)]
    file = desk.reply(ticket, agent, files=[added[0].pk]).attachments.get()
    quick = quick_message(desk)
    named = sectors.NewFile(BytesIO(picture.getvalue()), "a.png")
    sectors.change_quick_message(quick, sectors.QuickText("hello", "Hello!"), by=desk.by(), add=[named])
    member = desk.person()
    organization = desk.project.organization
    _membership, invitation, secret = orgs.add_by_email(
        organization, f"invited-{uuid4().hex}@example.org", OrganizationRole.VIEWER, by=desk.by()
    )
    assert invitation is not None
    contact = Contact.objects.create(
        project=desk.project,
        external_id="another id",
        main_id=ticket.contact_id,
        joined_at=ticket.opened_at,
        joined_for=JoinReason.HAND,
    )
    Ticket.objects.filter(pk=ticket.pk).update(ticket_uuid=str(ticket.pk))
    flow, _secret = orgs.create_token("Flow", by=desk.by(), scopes=["open"], project=desk.project)
    start = _start(desk, agent)
    things: dict[str, UUID | str | int] = {
        "project": desk.project.pk,
        "organization": organization.pk,
        "sector": desk.sector.pk,
        "queue": desk.queue.pk,
        "other_queue": desk.add_queue("Another").pk,
        "tag": desk.tags[0].pk,
        "other_tag": desk.tags[1].pk,
        "day": special_day(desk).pk,
        "quick": quick.pk,
        "quick_file": quick.files.get().pk,
        "ticket": ticket.pk,
        "room": ticket.pk,
        "place": desk.sector.pk,
        "external_id": ticket.pk,
        "ticket_uuid": ticket.pk,
        "contact_external_id": ticket.contact.external_id,
        "contact": contact.pk,
        "other": Contact.objects.create(project=desk.project, external_id="somebody else").pk,
        "message": message.pk,
        "start": start.pk,
        "batch": start.batch,
        "delivery": message.deliveries.get().pk,
        "file": file.pk,
        "upload": added[1].pk,
        "user": member.pk,
        "agent": agent.pk,
        "reason": queues.add_pause_reason(desk.project, "Lunch", by=desk.by()).pk,
        "invitation": invitation.pk,
        "token": flow.pk,
        "secret": secret,
        "name": "photo.webp",
        "field": "queue",
        "chapter": "tags",
        "device": 999_999_999,
    }
    return things
