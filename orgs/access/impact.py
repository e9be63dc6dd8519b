"""What the end of somebody's access would cause, told before it is done (docs/rules.md, Ending access).

Tickets, queues and sectors belong to apps above this one, reached by the user's related names. Each question costs
the same number of queries however much there is.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orgs.models import OrganizationMembership, OrganizationRole, Project, ProjectMembership, ProjectRole, User

#: So many queues are named; tickets of the others are counted together. Sectors and projects likewise.
NAMED = 5
_CHATS = (ProjectRole.MODERATOR, ProjectRole.CONTRIBUTOR, ProjectRole.ATTENDANT)


@dataclass(frozen=True)
class Consequences:
    """What ends with somebody's access to some projects."""

    #: Active tickets that return, by "Sector / Queue", most first.
    tickets: list[tuple[str, int]] = field(default_factory=list)
    managed: list[str] = field(default_factory=list)
    queues: int = 0
    #: Names of the projects that somebody leaves with the organization.
    projects: list[str] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """Whether anything ends that others would notice."""
        return bool(self.tickets or self.managed or self.queues or self.projects)

    @property
    def sentences(self) -> list[str]:
        """A sentence for each consequence."""
        found = [
            ngettext(
                "%(n)d active ticket goes back to %(place)s.", "%(n)d active tickets go back to %(place)s.", count
            )
            % {"n": count, "place": place}
            for place, count in self.tickets[:NAMED]
        ]
        if rest := sum(count for _place, count in self.tickets[NAMED:]):
            found.append(
                ngettext(
                    "%(n)d active ticket goes back to another queue.",
                    "%(n)d active tickets go back to other queues.",
                    rest,
                )
                % {"n": rest}
            )
        if self.managed:
            found.append(
                ngettext(
                    "No longer manager of %(n)d sector: %(names)s.",
                    "No longer manager of %(n)d sectors: %(names)s.",
                    len(self.managed),
                )
                % {"n": len(self.managed), "names": _named(self.managed)}
            )
        if self.queues:
            found.append(
                ngettext("No longer on %(n)d queue.", "No longer on %(n)d queues.", self.queues) % {"n": self.queues}
            )
        if self.projects:
            found.append(
                ngettext(
                    "No longer in %(n)d project: %(names)s.",
                    "No longer in %(n)d projects: %(names)s.",
                    len(self.projects),
                )
                % {"n": len(self.projects), "names": _named(self.projects)}
            )
        return found


def of_project_role(membership: ProjectMembership, role: str | None) -> Consequences:
    """Return what another role in the project causes, or none (``role`` None: removal)."""
    if role in _CHATS or membership.role not in _CHATS or _has_office(membership):
        return Consequences()
    return _of_losing(membership.user, [membership.project_id])


def of_organization_role(membership: OrganizationMembership, role: str | None) -> Consequences:
    """Return what another role in the organization causes in its projects, or none (``role`` None: removal)."""
    own = ProjectMembership.objects.filter(
        user=membership.user_id, organization=membership.organization_id, project__archived_at=None
    )
    if role is not None and (role == OrganizationRole.ADMINISTRATOR or not _is_office(membership)):
        return Consequences()
    live = Project.objects.live().filter(organization=membership.organization_id)
    if role is None:
        lost = live if _is_office(membership) else live.filter(pk__in=own.filter(role__in=_CHATS).values("project"))
        names = list(own.order_by("project__name").values_list("project__name", flat=True))
        return _of_losing(membership.user, list(lost.values_list("pk", flat=True)), names)
    lost = live.exclude(pk__in=own.filter(role__in=_CHATS).values("project"))
    return _of_losing(membership.user, list(lost.values_list("pk", flat=True)))


def _is_office(membership: OrganizationMembership) -> bool:
    return membership.role == OrganizationRole.ADMINISTRATOR


def _has_office(membership: ProjectMembership) -> bool:
    """Whether access stays without the role: an Administrator of the organization is Moderator by that."""
    return OrganizationMembership.objects.filter(
        user=membership.user_id, organization=membership.organization_id, role=OrganizationRole.ADMINISTRATOR
    ).exists()


def _of_losing(user: User, projects: Collection[UUID], names: list[str] | None = None) -> Consequences:
    person: Any = user
    tickets = person.tickets.filter(status="active", project__in=projects)
    by_place = tickets.order_by().values_list("sector__name", "queue__name").annotate(n=Count("pk"))
    places = person.queue_places.filter(
        queue__archived_at=None, queue__sector__archived_at=None, queue__sector__project__in=projects
    )
    managed = person.managed_sectors.filter(project__in=projects, archived_at=None).order_by("name")
    return Consequences(
        tickets=[(f"{sector} / {queue}", n) for sector, queue, n in by_place.order_by("-n", "sector__name")],
        managed=list(managed.values_list("name", flat=True)),
        queues=places.count(),
        projects=names or [],
    )


def _named(names: list[str]) -> str:
    if len(names) <= NAMED:
        return ", ".join(names)
    return _("%(names)s and more") % {"names": ", ".join(names[:NAMED])}
