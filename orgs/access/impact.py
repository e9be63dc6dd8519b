"""What removing somebody's access would cause, for the confirmation page (docs/rules.md, Ending access).

Apps above register what ends with the access (``cause``). The number of queries does not depend on the amount of
data.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.hooks import Registry
from core.text import by_name
from orgs.models import OrganizationMembership, Project, ProjectMembership, User

from .members import projects_of
from .roles import ADMINISTERING, in_organization, in_project, project_roles
from .two_factor import asking_organizations, counts_by_provider, second_factors

#: Queues named one by one; tickets of the rest are summed up. The same goes for sectors and projects.
NAMED = 5


#: Takes the person and the projects they lose; returns a sentence for each thing that ends.
Cause = Callable[[User, Collection[UUID]], list[str]]

#: Registered causes, with their place in the order of sentences.
CAUSES: Registry[tuple[int, Cause]] = Registry()


def cause(key: str, *, place: int) -> Callable[[Cause], Cause]:
    """Register a function that describes what ends in an app above; sentences are ordered by ``place``."""

    def add(function: Cause) -> Cause:
        CAUSES.add(key, (place, function))
        return function

    return add


@dataclass(frozen=True)
class RemovalImpact:
    """Noticeable consequences of removing access to some projects, one sentence each."""

    sentences: list[str] = field(default_factory=list)

    @property
    def any(self) -> bool:
        return bool(self.sentences)


def project_role_impact(membership: ProjectMembership, role: str | None) -> RemovalImpact:
    """Return the impact of changing the role in the project to ``role`` (None: removal)."""
    if in_project(role).uses_chats or not in_project(membership.role).uses_chats or _has_office(membership):
        return RemovalImpact()
    return _of_losing(membership.user, [membership.project_id])


def organization_role_impact(membership: OrganizationMembership, role: str | None) -> RemovalImpact:
    """Return the impact on the organization's projects of changing the role to ``role`` (None: removal)."""
    if role is not None and (in_organization(role).administers or not _is_office(membership)):
        return RemovalImpact()
    own = ProjectMembership.objects.filter(
        user=membership.user_id, organization=membership.organization_id, project__archived_at=None
    )
    with_chats = own.filter(role__in=project_roles("uses_chats")).values("project")
    live = Project.objects.live().filter(organization=membership.organization_id)
    if role is None:
        lost = live if _is_office(membership) else live.filter(pk__in=with_chats)
        names = list(own.order_by(*by_name("project__name")).values_list("project__name", flat=True))
        return _of_losing(membership.user, list(lost.values_list("pk", flat=True)), names)
    lost = live.exclude(pk__in=with_chats)
    return _of_losing(membership.user, list(lost.values_list("pk", flat=True)))


def second_factor_impact(factor: Authenticator, session: Any) -> RemovalImpact:
    """Return the impact of removing a second factor: the organizations that require one close with the last."""
    user: Any = factor.user
    if counts_by_provider(session) or second_factors().filter(user=user).exclude(pk=factor.pk).exists():
        return RemovalImpact()
    return RemovalImpact(_closing(user))


def provider_impact(user: User) -> RemovalImpact:
    """Return the impact of disconnecting an identity provider whose sign-ins count as two-factor ones, for somebody
    who has no other second factor."""
    return RemovalImpact() if second_factors().filter(user=user).exists() else RemovalImpact(_closing(user))


def _closing(user: User) -> list[str]:
    """Return a sentence for each organization that closes to a person without a second factor."""
    asking = list(asking_organizations(user)[: NAMED + 1])
    projects: dict[UUID, list[str]] = {}
    for organization, name in projects_of(user).filter(organization__in=asking).values_list("organization", "name"):
        projects.setdefault(organization, []).append(name)
    sentences = [_closes(organization.name, projects.get(organization.pk, [])) for organization in asking[:NAMED]]
    if len(asking) > NAMED:
        sentences.append(_("The others of your organizations that ask for two-step sign-in close too."))
    return sentences


def _closes(organization: str, projects: list[str]) -> str:
    if not projects:
        return _(
            "%(organization)s asks for two-step sign-in: it closes to you until you set up a second step again."
        ) % {"organization": organization}
    return ngettext(
        "%(organization)s asks for two-step sign-in: it closes to you, with its project %(names)s, "
        "until you set up a second step again.",
        "%(organization)s asks for two-step sign-in: it closes to you, with %(n)d projects (%(names)s), "
        "until you set up a second step again.",
        len(projects),
    ) % {"organization": organization, "n": len(projects), "names": named(projects)}


def _is_office(membership: OrganizationMembership) -> bool:
    return in_organization(membership.role).administers


def _has_office(membership: ProjectMembership) -> bool:
    """Whether access remains without the project role: organization Administrators are Moderators of each project."""
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
    """Return the first few names, and whether there are more."""
    if len(names) <= NAMED:
        return ", ".join(names)
    return _("%(names)s and more") % {"names": ", ".join(names[:NAMED])}
