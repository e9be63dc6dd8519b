"""API tokens of a project and of an organization: list, create (shown once), revoke."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, Value
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError, Invalid
from core.http import add_refusal, adder_of, success_toast
from core.pagination import Keyset
from core.sorting import Sorting
from orgs import hooks, operations
from orgs.access import ActorRequest, Member, OrganizationMember, organization_requires, requires
from orgs.forms import SCOPES, NewTokenForm
from orgs.lookups import tokens_of
from orgs.models import ApiToken, Organization, Project
from orgs.preferences import zone_for

NEWEST_FIRST = Keyset("-created_at", "-id")
#: Tokens of one place that work are few enough to be sorted for a page; only the usual order has an index.
SORTING = Sorting(
    "-made",
    times=["made", "used"],
    falling=["made", "used"],
    name=Keyset("name", "id"),
    made=Keyset("created_at", "id"),
    used=Keyset("used_at", "id", annotated={"used_at": DateTimeField()}),
)
#: Tokens that were never used stand before all uses.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
Place = Organization | Project


def _address(place: Place, page: str, *more: Any) -> str:
    kind = "project" if isinstance(place, Project) else "organization"
    return reverse(f"orgs:{kind}_{page}", args=[place.pk, *more])


def _context(request: ActorRequest) -> dict[str, Any]:
    place = request.place
    return {
        "place": place,
        "of_organization": isinstance(place, Organization),
        "zone": zone_for(request, request.place),
        "list_url": _address(place, "tokens"),
        "new_url": _address(place, "token_new"),
    }


def _list(request: ActorRequest) -> HttpResponse:
    return _list_page(request, NewTokenForm(request.place, request.user, zone_for(request, request.place)))


def _list_page(request: ActorRequest, form: NewTokenForm, *, adding: bool = False) -> HttpResponse:
    order = SORTING.read(request.GET)
    tokens: Any = tokens_of(request.place).select_related("created_by")
    usable = tokens.usable().annotate(used_at=Coalesce("last_used_at", Value(_NEVER)))
    try:
        live = order.keyset.list_page(request.GET, usable, kept=urlencode(order.kept))
        ended = NEWEST_FIRST.list_page(request.GET, tokens.ended(), prefix="ended_", kept=urlencode(order.kept))
    except Invalid:
        return redirect(_address(request.place, "tokens"))
    _name_sectors([*live.rows, *ended.rows])
    context = _context(request) | {
        "tokens": live.rows,
        "sorts": order.headers({}),
        "sorted_otherwise": bool(order.kept),
        "newer_url": live.newer_url,
        "older_url": live.older_url,
        "ended": ended.rows,
        "ended_newer_url": ended.newer_url and f"{ended.newer_url}#ended",
        "ended_older_url": ended.older_url and f"{ended.older_url}#ended",
        "ended_open": any(name.startswith("ended_") for name in request.GET),
        "wider": _wider(request),
        "form": form,
        "scopes": SCOPES,
        "chosen": request.POST.getlist("scopes"),
        "adding": adding,
    }
    return render(request, "orgs/tokens.html", context, status=422 if form.errors else 200)


def _name_sectors(tokens: list[ApiToken]) -> None:
    """Set ``sector_name`` on tokens that are limited to a sector."""
    names = hooks.names_of_sectors({token.sector_id for token in tokens if token.sector_id})
    for token in tokens:
        # For the template only.
        token.sector_name = names.get(token.sector_id, "") if token.sector_id else ""  # type: ignore[attr-defined]


def _wider(request: ActorRequest) -> str:
    """Return the URL of the organization's tokens, which cover this project too; empty if the member may not see
    them."""
    member: Member | None = getattr(request, "member", None)
    if member is None or not member.administers_organization:
        return ""
    return reverse("orgs:organization_tokens", args=[member.organization.pk])


def _new(request: ActorRequest) -> HttpResponse:
    """Create a token; the response is the only one with its secret. By GET, the list with the form open."""
    data = request.POST if request.method == "POST" else None
    form = NewTokenForm(request.place, request.user, zone_for(request, request.place), data)
    if form.is_valid():
        try:
            token, secret = operations.create_token(by=request.actor, **form.values())
        except DomainError as error:
            if error.code == "token_made":
                raise
            add_refusal(form, error)
        else:
            shown = render(request, "orgs/token_made.html", _context(request) | {"token": token, "secret": secret})
            # Not cached, and not shown by the browser's back button.
            shown["Cache-Control"] = "no-store"
            return shown
    return _list_page(request, form, adding=True)


def _revoke(request: ActorRequest, token: UUID) -> HttpResponse:
    found = get_object_or_404(tokens_of(request.place), pk=token)
    operations.revoke_token(found, by=request.actor)
    success_toast(request, _("%(name)s no longer works.") % {"name": found.name})
    return redirect(_address(request.place, "tokens"))


_of_project = requires(Member.may_connect_flow)
_of_organization = organization_requires(OrganizationMember.may_manage_tokens)

project_tokens = require_GET(never_cache(_of_project(_list)))
project_token_new = adder_of("orgs:project_tokens", "project")(never_cache(_of_project(_new)))
project_token_revoke = require_POST(_of_project(_revoke))
organization_tokens = require_GET(never_cache(_of_organization(_list)))
organization_token_new = adder_of("orgs:organization_tokens", "organization")(never_cache(_of_organization(_new)))
organization_token_revoke = require_POST(_of_organization(_revoke))
