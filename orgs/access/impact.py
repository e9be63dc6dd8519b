"""What the end of somebody's access would cause, told before it is done (docs/rules.md, Ending access).

Apps above register what ends with them (``cause``). Each question costs the same number of queries however much there
is.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.hooks import Registry
from orgs.models import OrganizationMembership, Project, ProjectMembership, User

from .roles import ADMINISTERING, in_organization, in_project, project_roles

#: So many queues are named; tickets of the others are counted together. Sectors and projects likewise.
NAMED = 5


#: Given the person and the projects left, returns a sentence for each thing that ends.
Cause = Callable[[User, Collection[UUID]], list[str]]

#: What apps above have to say, each at its place among the sentences.
CAUSES: Registry[tuple[int, Cause]] = Registry()


def cause(key: str, *, place: int) -> Callable[[Cause], Cause]:
    """Register what ends in an app above with somebody's access; sentences come in the order of ``place``."""

    def add(function: Cause) -> Cause:
        CAUSES.add(key, (place, function))
        return function

    return add


@dataclass(frozen=True)
class RemovalImpact:
    """What ends with somebody's access to some projects that others would notice: a sentence for each."""

    sentences: list[str] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """Whether anything ends."""
        return bool(self.sentences)


def project_role_impact(membership: ProjectMembership, role: str | None) -> RemovalImpact:
    """Return what another role in the project causes, or none (``role`` None: removal)."""
    if in_project(role).uses_chats or not in_project(membership.role).uses_chats or _has_office(membership):
        return RemovalImpact()
    return _of_losing(membership.user, [membership.project_id])


def organization_role_impact(membership: OrganizationMembership, role: str | None) -> RemovalImpact:
    """Return what another role in the organization causes in its projects, or none (``role`` None: removal)."""
    if role is not None and (in_organization(role).administers or not _is_office(membership)):
        return RemovalImpact()
    own = ProjectMembership.objects.filter(
        user=membership.user_id, organization=membership.organization_id, project__archived_at=None
    )
    with_chats = own.filter(role__in=project_roles("uses_chats")).values("project")
    live = Project.objects.live().filter(organization=membership.organization_id)
    if role is None:
        lost = live if _is_office(membership) else live.filter(pk__in=with_chats)
        names = list(own.order_by("project__name").values_list("project__name", flat=True))
        return _of_losing(membership.user, list(lost.values_list("pk", flat=True)), names)
    lost = live.exclude(pk__in=with_chats)
    return _of_losing(membership.user, list(lost.values_list("pk", flat=True)))


def _is_office(membership: OrganizationMembership) -> bool:
    return in_organization(membership.role).administers


def _has_office(membership: ProjectMembership) -> bool:
    """Whether access stays without the role: an Administrator of the organization is Moderator by that."""
    return OrganizationMembership.objects.filter(
        user=membership.user_id, organization=membership.organization_id, role__in=ADMINISTERING
    ).exists()


def _of_losing(user: User, projects: Collection[UUID], names: list[str] | None = None) -> RemovalImpact:
    causes = [function for _place, function in sorted(CAUSES.values(), key=lambda entry: entry[0])]
    sentences = [sentence for function in causes for sentence in function(user, projects)]
    if names:
        sentences.append(
            ngettext(
                "No longer in %(n)d project: %(names)s.",
                "No longer in %(n)d projects: %(names)s.",
                len(names),
            )
            % {"n": len(names), "names": named(names)}
        )
    return RemovalImpact(sentences)


def named(names: list[str]) -> str:
    """Return the first of some names, and whether there are more."""
    if len(names) <= NAMED:
        return ", ".join(names)
    return _("%(names)s and more") % {"names": ", ".join(names[:NAMED])}
