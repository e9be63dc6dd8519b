"""What was started: the log, the starts of one batch while they go on, starting again."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from active_messages import log as logged
from active_messages import operations
from active_messages.access import may_see_starts, may_start, starts_visible_to
from active_messages.models import EXPECTED, IN_PROGRESS, Start, StartState
from core.errors import Invalid
from orgs.access import MemberRequest, requires
from orgs.preferences import zone_for

#: What is said if a conversation can't be started again, by the field at fault.
_GONE = {
    "flow": _("The engine does not have this flow any more. Start a new conversation with another one."),
    "sector": _("You can not start conversations in this sector any more. Start a new one in another sector."),
}


@require_GET
@never_cache
@requires(may_see_starts)
def log(request: MemberRequest) -> HttpResponse:
    """Show what was started, newest or oldest first."""
    member = request.member
    zone = zone_for(request, member.project)
    form = logged.StartFilterForm(member, request.GET, zone=zone)
    context: dict[str, Any] = {"form": form, "browser_zone": zone, "zone": zone, "may_start": may_start(member)}
    if not form.is_valid():
        return render(request, "active_messages/log.html", context | {"refused": True}, status=422)
    asked = form.asked()
    starts = logged.matching(member, asked).select_related("by", "sector", "contact")
    try:
        found = asked.keyset("created_at").list_page(request.GET, starts, kept=asked.query())
    except Invalid:
        form.add_error(None, _("This page of the list could not be found. Start again from the newest."))
        return render(request, "active_messages/log.html", context | {"refused": True}, status=422)
    context |= {
        "asked": asked,
        "filter_count": asked.count,
        "zone": asked.zone,
        "rows": logged.rows_of(member, found.rows),
        "newer_url": found.newer_url,
        "older_url": found.older_url,
    }
    return render(request, "active_messages/log.html", context)


def _batch(request: MemberRequest, batch: UUID) -> dict[str, Any]:
    """Return what the page of a batch shows. Raises Http404 unless the member sees it."""
    member = request.member
    seen = starts_visible_to(member).filter(batch=batch)
    starts = list(seen.select_related("by", "sector", "contact").order_by("position"))
    if not starts:
        raise Http404
    counts = {state: sum(start.state == state for start in starts) for state in StartState}
    return {
        "batch": batch,
        "first": starts[0],
        "rows": logged.rows_of(member, starts),
        "total": len(starts),
        "done": sum(start.state not in IN_PROGRESS for start in starts),
        "counts": counts,
        "in_progress": any(start.state in IN_PROGRESS for start in starts),
        "is_awaited": any(start.state in (*IN_PROGRESS, *EXPECTED) for start in starts),
        "may_start": may_start(member),
    }


@require_GET
@never_cache
@requires(may_see_starts)
def batch(request: MemberRequest, batch: UUID) -> HttpResponse:
    """Show how each start of a batch goes."""
    return render(request, "active_messages/batch.html", _batch(request, batch))


@require_GET
@never_cache
@requires(may_see_starts)
def batch_rows(request: MemberRequest, batch: UUID) -> HttpResponse:
    """Show the same as a part of the page; when a single conversation has come, go on to it."""
    context = _batch(request, batch)
    row = context["rows"][0]
    if context["total"] == 1 and row.start.ticket_id and row.ticket and row.is_own:
        url = reverse("tickets:ticket", args=[request.member.project.pk, row.ticket.pk])
        return HttpResponseClientRedirect(url)
    return render(request, "active_messages/_batch.html", context)


@require_POST
@requires(may_start)
def again(request: MemberRequest, start: UUID) -> HttpResponse:
    """Start again what was not started."""
    own = Start.objects.filter(project=request.member.project, by=request.member.user)
    row = get_object_or_404(own.select_related("project", "sector", "contact"), pk=start)
    try:
        made = operations.start_again(row, by=request.actor)
    except Invalid as refused:
        # There is no form in which to choose another one.
        raise Invalid(_GONE.get(refused.field or "", refused.sentence), code=refused.code) from refused
    return redirect("active_messages:batch", request.member.project.pk, made)
