"""What the sectors app registers with the apps below it."""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.utils.translation import ngettext

from core.text import by_name
from orgs import hooks
from orgs.access import impact
from orgs.models import Organization, Project, User

from .models import Sector


@hooks.managed_sectors.answer
def _managed_sectors(user: User, project: Project) -> Collection[UUID]:
    return Sector.objects.filter(managers=user, project=project).values_list("pk", flat=True)


@hooks.sectors_of.answer
def _sectors_of(project: Project) -> Collection[UUID]:
    return Sector.objects.filter(project=project).values_list("pk", flat=True)


@hooks.live_sectors_of.answer
def _live_sectors_of(project: Project) -> Mapping[UUID, str]:
    return dict(Sector.objects.live().filter(project=project).order_by(*by_name()).values_list("pk", "name"))


@hooks.managers_of.answer
def _managers_of(project: Project) -> Mapping[UUID, list[str]]:
    rows = Sector.objects.live().filter(project=project, managers__isnull=False).order_by(*by_name())
    found: dict[UUID, list[str]] = {}
    for user, name in rows.values_list("managers", "name"):
        found.setdefault(user, []).append(name)
    return found


@hooks.zone_of.answer
def _zone_of(place: Organization | Project) -> str:
    of = {"project": place} if isinstance(place, Project) else {"project__organization": place}
    return Sector.objects.filter(**of).zones()[0]


@hooks.names_of_sectors.answer
def _names_of_sectors(sector_ids: Collection[UUID]) -> Mapping[UUID, str]:
    return dict(Sector.objects.filter(pk__in=sector_ids).values_list("pk", "name")) if sector_ids else {}


@impact.cause("sectors", place=2)
def _no_longer_manager(user: User, projects: Collection[UUID]) -> list[str]:
    managed = Sector.objects.live().filter(managers=user, project__in=projects).order_by(*by_name())
    names = list(managed.values_list("name", flat=True))
    if not names:
        return []
    sentence = ngettext(
        "No longer manager of %(n)d sector: %(names)s.", "No longer manager of %(n)d sectors: %(names)s.", len(names)
    )
    return [sentence % {"n": len(names), "names": impact.named(names)}]
