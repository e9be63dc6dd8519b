"""The table of permissions by role, built by calling the methods that decide (docs/rules.md, Access).

Nothing here decides anything. For each role a ``Member`` or ``OrganizationMember`` is made as for a request, and each
of its ``may_…`` methods is called and labelled from ``_WORDS``. A method without a label shows its name, and fails a
test.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.errors import Sentence
from orgs.models import Organization, OrganizationRole, Project, ProjectRole, User

from . import Member, OrganizationMember

#: Values of a cell: everything, own sectors only, nothing.
YES, PART, NO = "yes", "part", "no"

#: Two sectors of the made-up project: the manager manages the first, the agent is on one of its queues.
_OWN, _OTHER, _QUEUE = UUID(int=1), UUID(int=2), UUID(int=3)


@dataclass(frozen=True)
class Column:
    """A role, or a function such as manager: ``key`` identifies it to programs, ``note`` says how people get it."""

    key: str
    label: Sentence
    note: Sentence
    member: Any


@dataclass(frozen=True)
class Row:
    """A permission (``key``: the method's name) or a scope of tickets, with one cell per column, in order."""

    key: str
    label: Sentence
    note: Sentence
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Roles and their permissions."""

    key: str
    title: Sentence
    text: Sentence
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


Words = tuple[Sentence, Sentence]

_OF_ORGANIZATION: Mapping[str, Words] = {
    "may_see": (_("See the organization"), _("Its name and the names of its projects.")),
    "may_manage_members": (
        _("Manage members"),
        _("Invite, give roles, remove; of the organization and its projects."),
    ),
    "may_create_projects": (_("Create projects"), _("The person who creates one may edit its content.")),
    "may_change_settings": (
        _("Change the settings"),
        _("Rename and archive organization and projects; ask for two factors."),
    ),
    "may_manage_tokens": (_("Manage API tokens"), _("Make and revoke tokens of the organization and its projects.")),
    "may_see_audit_log": (_("Read the audit log"), _("Who changed what, in the organization and all its projects.")),
    "may_see_usage": (_("See the usage"), _("Tickets and active agents by month and project.")),
}

_OF_PROJECT: Mapping[str, Words] = {
    "may_see_project": (_("See the project"), _("That it exists, and its name.")),
    "may_use_chats": (_("Use Chats"), _("The desk, the history and the dashboard, each of what one sees.")),
    "may_watch": (_("Watch others work"), _("Queues and tickets of others, as far as one sees them.")),
    "may_direct_tickets_of": (
        _("Manage tickets"),
        _("Take over, transfer and close any ticket, assign beyond the limit."),
    ),
    "may_configure_some_sector": (_("Open the sectors"), _("The list of those one looks after.")),
    "may_configure_sector": (_("Edit sectors"), _("Work hours, limit, queues with their agents, tags.")),
    "may_create_sectors": (_("Create sectors"), _("And appoint managers; with the setup checklist.")),
    "may_archive_sectors": (_("Archive sectors"), _("And restore them.")),
    "may_manage_members": (_("Manage members"), _("Add, give roles, remove.")),
    "may_merge_contacts": (
        _("Merge contacts"),
        _("And separate them: people who write under several ids or numbers."),
    ),
    "may_connect_flow": (_("Connect the flow"), _("API tokens, test tickets, integrations.")),
    "may_see_audit_log": (_("Read the audit log"), _("Who changed what in the project.")),
    "may_change_settings": (_("Change the settings"), _("Rename and archive the project.")),
}


@dataclass(frozen=True)
class Scope:
    """A subset of a project's tickets; ``seen`` returns whether a member sees it."""

    key: str
    label: Sentence
    note: Sentence
    seen: Callable[[Member], bool]


#: The conditions of ``Ticket.objects.visible_to``, in the same order.
SCOPES = (
    Scope(
        "all",
        _("All tickets of the project"),
        _("Those of every sector, archived ones too."),
        lambda m: m.sees_whole_project,
    ),
    Scope(
        "sectors",
        _("All tickets of the sectors they manage"),
        _("Those that wait, those handled by others, those that are closed."),
        lambda m: m.sees_whole_project or m.is_manager,
    ),
    Scope(
        "lines",
        _("Tickets that wait in the queues they are on"),
        _("To take the next one."),
        lambda m: m.sees_whole_project or m.is_agent,
    ),
    Scope(
        "own",
        _("Tickets that they handle or handled"),
        _("The history of their own work stays open to them."),
        lambda m: m.has_chats,
    ),
    Scope(
        "earlier",
        _("Earlier tickets of contacts whose open ticket they see"),
        _("Those of the sectors they are agents of, to read, if the sector allows it."),
        lambda m: m.sees_whole_project or m.is_agent,
    ),
)


def tables() -> tuple[Table, ...]:
    """Return the tables of the page: organization roles, project roles, and which tickets each role sees."""
    people = _project_columns()
    return (
        Table(
            "organization",
            _("In the organization"),
            _("An Administrator is Moderator of every project of the organization as well."),
            _organization_columns(),
            tuple(_rights(OrganizationMember, _OF_ORGANIZATION, _organization_columns())),
        ),
        Table(
            "project",
            _("In a project"),
            _("A role in the organization alone, other than Administrator, gives nothing in its projects."),
            people,
            tuple(_rights(Member, _OF_PROJECT, people)),
        ),
        Table(
            "tickets",
            _("Which tickets they see"),
            _("One rule for lists, counts, conversations, history, dashboard, exports and the API."),
            people,
            tuple(
                Row(scope.key, scope.label, scope.note, tuple(_said(scope.seen(c.member)) for c in people))
                for scope in SCOPES
            ),
        ),
    )


def rights_of(kind: type) -> list[str]:
    """Return the names of a class's ``may_…`` methods."""
    return [name for name, _method in inspect.getmembers(kind, inspect.isfunction) if name.startswith("may_")]


def _rights(kind: type, words: Mapping[str, Words], columns: tuple[Column, ...]) -> Iterator[Row]:
    """Yield a row for each permission: first in the order of the labels, then those without one."""
    found = rights_of(kind)
    for name in [*(name for name in words if name in found), *(name for name in found if name not in words)]:
        label, note = words.get(name, (name, ""))
        yield Row(name, label, note, tuple(_cell(column.member, name) for column in columns))


def _cell(member: Any, right: str) -> str:
    """Ask a member for a permission; one on a sector is asked for their own and for another."""
    method = getattr(member, right)
    if not inspect.signature(method).parameters:
        return _said(method())
    own, other = method(_OWN), method(_OTHER)
    return YES if own and other else PART if own or other else NO


def _said(answer: bool) -> str:
    return YES if answer else NO


def _organization_columns() -> tuple[Column, ...]:
    organization = Organization()
    return tuple(
        Column(role.value, role.label, "", OrganizationMember(User(), organization, role.value))
        for role in OrganizationRole
    )


def _project_columns() -> tuple[Column, ...]:
    """Return the project roles, with manager and agent as variants of Human attendance."""
    columns: list[Column] = []
    for role in ProjectRole:
        columns += _of_attendants(role) if role == ProjectRole.ATTENDANT else [_plain(role)]
    return tuple(columns)


def _of_attendants(role: ProjectRole) -> list[Column]:
    manager, agent = _stand_in(role, managed_sector_ids={_OWN}), _stand_in(role, queue_ids={_QUEUE})
    return [
        Column(
            "manager", pgettext_lazy("of a sector", "Manager"), _("Human attendance, appointed to a sector"), manager
        ),
        Column("agent", pgettext_lazy("a person", "Agent"), _("Human attendance, put on a queue"), agent),
        _plain(role, _("neither appointed nor on a queue")),
    ]


def _plain(role: ProjectRole, note: Sentence = "") -> Column:
    return Column(role.value, role.label, note, _stand_in(role))


def _stand_in(role: ProjectRole, **sets: set[UUID]) -> Member:
    """Return a member of a made-up project, with everything that would be read from the database filled in."""
    member = Member(User(), Project(), OrganizationRole.VIEWER, role.value)
    known: dict[str, set[UUID]] = {"managed_sector_ids": set(), "queue_ids": set(), "_sector_ids": {_OWN, _OTHER}}
    for name, ids in (known | sets).items():
        # ``cached_property`` keeps its values here.
        member.__dict__[name] = frozenset(ids)
    return member
