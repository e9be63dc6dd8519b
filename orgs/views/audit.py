"""Audit log pages of a project, and of an organization with all its projects."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from core.errors import Invalid
from core.exports import csv_response
from orgs.access import (
    ActorRequest,
    Member,
    MemberRequest,
    OrganizationMember,
    OrganizationRequest,
    known_to,
    organization_requires,
    requires,
)
from orgs.access.current import member_now, organization_member_now
from orgs.audit import descriptions as words
from orgs.audit import search
from orgs.models import AuditEntry, Organization, Project, User
from orgs.preferences import zone_for

#: Maximum number of members suggested for *who*; other names can be typed.
PROPOSED = 100


@dataclass(frozen=True)
class Shown:
    """An audit entry with what the template needs."""

    entry: AuditEntry
    person: User | None
    sentence: str
    icon: str
    differences: list[words.Difference]

    @property
    def has_before(self) -> bool:
        return any(one.before is not None for one in self.differences)

    @property
    def has_after(self) -> bool:
        return any(one.after is not None for one in self.differences)

    @property
    def is_program(self) -> bool:
        """Whether a token did it, rather than a person."""
        return self.entry.token_id is not None


def _described(entries: list[AuditEntry]) -> list[Shown]:
    people = search.actors_of(entries)
    return [
        Shown(
            entry,
            people.get(entry.actor_id) if entry.actor_id else None,
            words.sentence_of(entry),
            words.icon_of(entry.action),
            words.differences_of(entry),
        )
        for entry in entries
    ]


def _by_day(shown: list[Shown], zone: str) -> Iterator[tuple[date, list[Shown]]]:
    """Group the entries of a page by day, in the given time zone."""
    clock = ZoneInfo(zone)
    for day, part in groupby(shown, key=lambda one: one.entry.at.astimezone(clock).date()):
        yield day, list(part)


def _log_page(request: ActorRequest) -> HttpResponse:
    place = request.place
    zone = zone_for(request, request.place)
    asked, form = search.read(request.GET, zone=zone)
    context: dict[str, Any] = {
        "place": place,
        "of_organization": isinstance(place, Organization),
        "form": form,
        "asked": asked,
        "filter_count": asked.count if asked else 0,
        "browser_zone": zone,
        "zone": asked.zone if asked else zone,
        "candidates": _candidates(_reader(request)),
    }
    found = None
    if asked is not None:
        try:
            entries = search.matching_entries(place, asked).select_related("project")
            found = asked.keyset("at").list_page(request.GET, entries, kept=asked.query())
        except Invalid:
            form.add_error(None, _("This page of the list could not be found. Start again from the newest."))
    if asked is None or found is None:
        return render(request, "orgs/audit.html", context | {"refused": True}, status=422)
    with timezone.override(asked.zone):
        context |= {
            "days": list(_by_day(_described(found.rows), asked.zone)),
            "shown": len(found.rows),
            "newer_url": found.newer_url,
            "older_url": found.older_url,
            "export_url": f"{_export_address(place)}?{asked.query() or f'zone={zone}'}",
        }
    return render(request, "orgs/audit.html", context)


def _export_address(place: Organization | Project) -> str:
    kind = "project" if isinstance(place, Project) else "organization"
    return reverse(f"orgs:{kind}_audit_csv", args=[place.pk])


def _reader(request: ActorRequest) -> Member | OrganizationMember:
    if isinstance(request.place, Organization):
        return cast(OrganizationRequest, request).organization_member
    return cast(MemberRequest, request).member


def _candidates(member: Member | OrganizationMember) -> list[User]:
    """Return the people suggested for *who*: those whom the reader knows."""
    return list(User.objects.filter(known_to(member)).order_by("email")[:PROPOSED])


def _csv(request: ActorRequest, still_allowed: Callable[[], bool]) -> HttpResponseBase:
    """Stream all matching entries, one per row."""
    place = request.place
    asked, _form = search.read(request.GET, zone=zone_for(request, request.place))
    if asked is None:
        return _log_page(request)
    lines = search.lines(place, asked, still_allowed)
    return csv_response(lines, f"audit-{slugify(place.name) or place.pk}-{timezone.now():%Y-%m-%d}")


project_audit = require_GET(never_cache(requires(Member.may_see_audit_log)(_log_page)))
organization_audit = require_GET(never_cache(organization_requires(OrganizationMember.may_see_audit_log)(_log_page)))


@require_GET
@never_cache
@requires(Member.may_see_audit_log)
def project_audit_csv(request: MemberRequest) -> HttpResponseBase:
    member = request.member
    return _csv(request, lambda: member_now(member).may_see_audit_log())


@require_GET
@never_cache
@organization_requires(OrganizationMember.may_see_audit_log)
def organization_audit_csv(request: OrganizationRequest) -> HttpResponseBase:
    member = request.organization_member
    return _csv(request, lambda: organization_member_now(member).may_see_audit_log())
