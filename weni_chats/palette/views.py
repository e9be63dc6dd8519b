"""Results of the command palette."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from orgs.access import Member, MemberRequest, requires
from orgs.context_processors import navigation_of

from .search import find as find_all


@require_GET
@never_cache
@requires(Member.may_see_project)
def find(request: MemberRequest) -> HttpResponse:
    """List the matches of ``q``; without it the member's open tickets and the pages."""
    navigation = navigation_of(request)
    settings = navigation.settings.items if navigation.settings else []
    # The settings themselves are found by each of their pages.
    pages = [*(item for item in navigation.items if item.url not in {one.url for one in settings}), *settings]
    groups = find_all(request.member, pages, request.GET.get("q", ""))
    return render(request, "palette/found.html", {"groups": groups})
