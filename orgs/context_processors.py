"""Context of every page's frame: project switcher, navigation, theme."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from core import outgoing_mail

from . import hooks
from .access import Member, OrganizationMember, last_member, projects_of
from .models import Organization, Project
from .preferences import theme_of

#: Maximum number of projects in the switcher; the rest are on the home page.
SWITCHER_LIMIT = 50
#: With more projects than this, the switcher has a search field.
SEARCHED_FROM = 8


@dataclass
class Item:
    """An item of the navigation."""

    url: str
    icon: str
    label: str
    active: bool = False
    badge: str = ""


@dataclass
class Section:
    """The pages of a part of the product, beside each of them: the settings of a project, or an organization."""

    title: str
    items: list[Item]
    #: Where it begins.
    url: str = ""
    #: Whether the page that is open belongs to it.
    is_open: bool = False

    @property
    def current(self) -> Item | None:
        """The item whose page, or one of whose pages, is open."""
        return next((item for item in self.items if item.active), None)


@dataclass
class Choice:
    """A project in the switcher."""

    pk: UUID
    name: str
    organization: Organization
    url: str


@dataclass
class Navigation:
    """The navigation, as ``templates/base.html`` uses it."""

    project: Project | None = None
    organization: Organization | None = None
    #: The organization that the page is about, if it is about one: named in the switcher in the place of the project,
    #: whose pages stay in the rail under its name.
    place: Organization | None = None
    member: Member | None = None
    projects: list[Choice] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    #: The project's settings, as far as the member may open them: beside its pages, and in the command palette.
    settings: Section | None = None
    #: The section that the page belongs to.
    section: Section | None = None
    status: dict[str, Any] | None = None
    #: What an error page extends. People who are signed in keep the frame, unless a script asked.
    error_frame: str = "base_plain.html"

    @property
    def many_projects(self) -> bool:
        """Whether the switcher has a search field."""
        return len(self.projects) > SEARCHED_FROM


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``nav`` and ``theme``, evaluated only if a template uses them, and ``sends_mail``."""
    return {
        "sends_mail": outgoing_mail.sends_mail(),
        "nav": SimpleLazyObject(lambda: navigation_of(request)),
        "theme": SimpleLazyObject(lambda: theme_of(request)),
    }


def navigation_of(request: HttpRequest) -> Navigation:
    """Return the navigation for the user of a request: only pages they may open."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return Navigation()
    choices = [
        Choice(project.pk, project.name, project.organization, reverse("orgs:project_home", args=[project.pk]))
        for project in projects_of(user)[:SWITCHER_LIMIT]
    ]
    member: Member | None = getattr(request, "member", None) or last_member(
        request, user, [row.pk for row in choices]
    )
    navigation = Navigation(projects=choices, error_frame=_error_frame(request))
    if member is not None:
        navigation.project, navigation.organization = member.project, member.project.organization
        navigation.member = member
        navigation.settings = _settings(member, request.path)
        navigation.items = _items(member, navigation.settings, request.path)
        navigation.status = status_of(member) if member.is_agent else None
        if navigation.settings.is_open:
            navigation.section = navigation.settings
    organization_member = getattr(request, "organization_member", None)
    if organization_member is not None:
        navigation.place = organization_member.organization
        navigation.section = Section(
            organization_member.organization.name, _organization_items(organization_member, request.path)
        )
    return navigation


def _error_frame(request: HttpRequest) -> str:
    asks_a_script = getattr(request, "htmx", False) or "X-Requested-With" in request.headers
    return "base_plain.html" if asks_a_script else "base.html"


Entry = tuple[bool, str, str, str]

#: Pages whose URL is a prefix of other items' URLs: highlighted on an exact match only.
_EXACT = {"setup:checklist", "orgs:organization"}

#: Paths under a project's whose pages belong to a page of the settings, besides those under its own URL.
_ALSO = {
    "sectors:list": ("queues/", "tags/"),
    "orgs:project_members": ("leave/",),
    "orgs:project_settings": ("archive/",),
}


def _organization_items(member: OrganizationMember, path: str) -> list[Item]:
    entries = [
        (member.may_see(), "orgs:organization", "folder", _("Projects")),
        (member.may_manage_members(), "orgs:organization_members", "users", _("Members")),
        (member.may_see_usage(), "reports:usage", "receipt-text", _("Usage")),
        (member.may_manage_tokens(), "orgs:organization_tokens", "key-round", _("API tokens")),
        (member.may_see_audit_log(), "orgs:organization_audit", "scroll-text", _("Audit log")),
        (member.may_change_settings(), "orgs:organization_settings", "settings", _("Settings")),
    ]
    return _allowed(entries, member.organization.pk, path)


def _items(member: Member, settings: Section, path: str) -> list[Item]:
    entries = [
        (member.has_chats and (member.is_agent or member.may_watch()), "tickets:desk", "messages-square", _("Desk")),
        (member.has_chats and member.may_watch(), "tickets:waiting", "list-ordered", _("Live")),
        (member.has_chats and member.may_watch(), "tickets:agents", "headset", _("Agents")),
        (member.may_use_chats(), "reports:history", "history", _("History")),
        (member.may_use_chats(), "reports:dashboard", "chart-column", _("Dashboard")),
    ]
    items = _allowed(entries, member.project.pk, path)
    if settings.url:
        items.append(Item(settings.url, "settings", settings.title, settings.is_open))
    return items


def _settings(member: Member, path: str) -> Section:
    """Return the pages of the project's settings, the set-up checklist first while something on it is missing."""
    entries = [
        (member.may_configure_some_sector(), "sectors:list", "building-2", _("Sectors")),
        (member.may_manage_members(), "orgs:project_members", "users", _("Members")),
        (member.may_connect_flow(), "setup:connect", "plug", _("Flow")),
        (member.may_connect_flow(), "orgs:project_tokens", "key-round", _("API tokens")),
        (member.may_create_sectors(), "queues:pauses", "coffee", _("Reasons for pauses")),
        (member.may_create_sectors(), "setup:configuration", "file-cog", _("Configuration as a file")),
        (member.may_see_audit_log(), "orgs:project_audit", "scroll-text", _("Audit log")),
        (member.may_change_settings(), "orgs:project_settings", "folder-cog", _("Project")),
    ]
    items = _allowed(entries, member.project.pk, path)
    url = items[0].url if items else ""
    checklist = (member.may_create_sectors(), "setup:checklist", "list-checks", _("Getting started"))
    start = _allowed([checklist], member.project.pk, path)
    # The state of the project is looked up only where the section is shown.
    is_open = any(item.active for item in [*items, *start])
    if start and is_open and hooks.is_set_up(member.project, member.user):
        start = []
    return Section(_("Settings"), [*start, *items], url, is_open)


def _allowed(entries: list[Entry], pk: UUID, path: str) -> list[Item]:
    """Return the entries whose pages may be opened."""
    items = []
    for allowed, name, icon, label in entries:
        if not allowed:
            continue
        url = reverse(name, args=[pk])
        also = [f"/projects/{pk}/{more}" for more in _ALSO.get(name, ())]
        active = path == url if name in _EXACT else path.startswith((url, *also))
        items.append(Item(url, icon, label, active))
    return items


def status_of(member: Member) -> dict[str, Any]:
    """Return the context of the status control in the bar (``partials/agent_status.html``)."""
    row = hooks.status_of_agent(member.user, member.project)
    return {
        "value": row.status if row else "offline",
        "then_pause": row.then_pause if row else False,
        "pause": _pause_of(row),
        "url": reverse("tickets:status", args=[member.project.pk]),
    }


def _pause_of(row: hooks.AgentState | None) -> str:
    """Return the reason of the pause that is on, or announced."""
    if row is None:
        return ""
    if row.then_pause:
        return row.then_reason
    return row.reason if row.status == "paused" else ""
