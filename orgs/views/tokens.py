"""API tokens of a project and of an organization: list, create (shown once), revoke."""

from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError, Invalid
from core.http import add_refusal, success_toast
from core.pagination import Keyset, ListPage
from core.timezones import zone_of
from orgs import hooks, operations
from orgs.access import ActorRequest, Member, OrganizationMember, organization_requires, requires
from orgs.forms import SCOPES, NewTokenForm
from orgs.lookups import tokens_of
from orgs.models import ApiToken, Organization, Project

NEWEST_FIRST = Keyset("-created_at", "-id")
Place = Organization | Project


def _address(place: Place, page: str, *more: Any) -> str:
    kind = "project" if isinstance(place, Project) else "organization"
    return reverse(f"orgs:{kind}_{page}", args=[place.pk, *more])


def _zone_of(request: ActorRequest) -> str:
    return zone_of(request, partial(hooks.zone_of, request.place))


def _context(request: ActorRequest) -> dict[str, Any]:
    place = request.place
    return {
        "place": place,
        "of_organization": isinstance(place, Organization),
        "zone": _zone_of(request),
        "list_url": _address(place, "tokens"),
        "new_url": _address(place, "token_new"),
    }


def _page_of(request: HttpRequest, tokens: QuerySet[ApiToken], prefix: str) -> ListPage[ApiToken]:
    """Return the page of tokens that the query string asks for. Raises Invalid."""
    return NEWEST_FIRST.list_page(request.GET, tokens.select_related("created_by"), prefix=prefix)


def _list(request: ActorRequest) -> HttpResponse:
    tokens: Any = tokens_of(request.place)
    try:
        live, ended = _page_of(request, tokens.usable(), ""), _page_of(request, tokens.ended(), "ended_")
    except Invalid:
        return redirect(_address(request.place, "tokens"))
    _name_sectors([*live.rows, *ended.rows])
    context = _context(request) | {
        "tokens": live.rows,
        "newer_url": live.newer_url,
        "older_url": live.older_url,
        "ended": ended.rows,
        "ended_newer_url": ended.newer_url and f"{ended.newer_url}#ended",
        "ended_older_url": ended.older_url and f"{ended.older_url}#ended",
        "ended_open": any(name.startswith("ended_") for name in request.GET),
        "wider": _wider(request),
    }
    return render(request, "orgs/tokens.html", context)


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
    """Create a token; the response is the only one with its secret."""
    posted = request.method == "POST"
    form = NewTokenForm(request.place, request.user, _zone_of(request), request.POST if posted else None)
    context = _context(request) | {"form": form, "scopes": SCOPES}
    if posted and form.is_valid():
        try:
            token, secret = operations.create_token(by=request.actor, **form.values())
        except DomainError as error:
            if error.code == "token_made":
                raise
            add_refusal(form, error)
        else:
            _name_sectors([token])
            shown = render(request, "orgs/token_made.html", context | {"token": token, "secret": secret})
            # Not cached, and not shown by the browser's back button.
            shown["Cache-Control"] = "no-store"
            return shown
    chosen = request.POST.getlist("scopes")
    return render(request, "orgs/token_new.html", context | {"chosen": chosen}, status=422 if posted else 200)


def _revoke(request: ActorRequest, token: UUID) -> HttpResponse:
    found = get_object_or_404(tokens_of(request.place), pk=token)
    operations.revoke_token(found, by=request.actor)
    success_toast(request, _("%(name)s no longer works.") % {"name": found.name})
    return redirect(_address(request.place, "tokens"))


_of_project = requires(Member.may_connect_flow)
_of_organization = organization_requires(OrganizationMember.may_manage_tokens)

project_tokens = require_GET(never_cache(_of_project(_list)))
project_token_new = never_cache(_of_project(_new))
project_token_revoke = require_POST(_of_project(_revoke))
organization_tokens = require_GET(never_cache(_of_organization(_list)))
organization_token_new = never_cache(_of_organization(_new))
organization_token_revoke = require_POST(_of_organization(_revoke))
