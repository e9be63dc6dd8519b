"""History: search and read past tickets."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from core.errors import Invalid
from core.exports import csv_response, xlsx_response
from core.pagination import MAX_COUNTED, bounded_count
from orgs.access import Member, MemberRequest, requires
from reports import export
from reports.filters import Filters, Selection
from reports.forms import PICKED, FilterForm, read
from tickets.conversation.event_texts import closed_by
from tickets.conversation.transcript import contact_name, history_before, lines_after
from tickets.models import Ticket
from tickets.operations import may_retag
from tickets.routing.explain import why_agent

from .common import bounded_time, chosen, date_header, hidden_parts, refused

#: Messages and events per page of a ticket.
LINES = 200


@require_GET
@never_cache
@requires(Member.may_use_chats)
@bounded_time
def history(request: MemberRequest) -> HttpResponseBase:
    """List the selected tickets by the date that the filters name, newest or oldest first."""
    member = request.member
    filters, form = read(request.GET, member)
    context: dict[str, Any] = _filter_context(form, filters)
    if filters is None:
        return refused(request, "reports/history.html", context)
    selection = Selection(member, filters)
    tickets = selection.listed()
    try:
        found = selection.order.list_page(
            request.GET, tickets.for_lists().prefetch_related("tags"), kept=filters.query()
        )
    except Invalid:
        form.add_error(None, _("This page of the list could not be found. Start again from the newest."))
        return refused(request, "reports/history.html", context)
    query = filters.query()
    return render(
        request,
        "reports/history.html",
        context
        | {
            "tickets": found.rows,
            "total": bounded_count(tickets),
            "many_zones": len(selection.zones) > 1,
            "sorts": {name: date_header(filters, name) for name in ("opened", "closed")},
            "most_counted": MAX_COUNTED,
            "newer_url": found.newer_url,
            "older_url": found.older_url,
            "chosen": chosen(form, filters),
            "csv_url": f"{reverse('reports:export_csv', args=[member.project.pk])}?{query}",
            "xlsx_url": f"{reverse('reports:export_xlsx', args=[member.project.pk])}?{query}",
            "dashboard_url": f"{reverse('reports:dashboard', args=[member.project.pk])}?{query}",
        },
    )


def _filter_context(form: FilterForm, filters: Filters | None) -> dict[str, Any]:
    shown = filters or Filters()
    return {
        "form": form,
        "hidden": hidden_parts(form),
        "filters": shown,
        "filter_count": shown.count,
    }


@require_GET
@never_cache
@requires(Member.may_use_chats)
def choices(request: MemberRequest, field: str) -> HttpResponseBase:
    """Search the choices of a filter by name, for fields that don't list all of them."""
    if field not in PICKED:
        raise Http404
    form = FilterForm(QueryDict(), member=request.member)
    return JsonResponse({"choices": form.find(field, request.GET.get("q", ""))})


@require_GET
@never_cache
@requires(Member.may_use_chats)
def ticket(request: MemberRequest, ticket: UUID) -> HttpResponseBase:
    """Show a ticket's transcript; ``after`` = N starts after its N-th line."""
    member = request.member
    visible = Ticket.objects.visible_to(member).for_lists().select_related("closed_by")
    found = get_object_or_404(visible, pk=ticket)
    after = request.GET.get("after", "")
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    lines = lines_after(found, start)
    last = lines[-1].number if lines else None
    return render(
        request,
        "reports/ticket.html",
        {
            "ticket": found,
            "contact_name": contact_name(found),
            "closed_by": closed_by(found) if found.is_closed else "",
            "lines": lines,
            "history": history_before(found) if not start else None,
            "from_start": not start,
            "more_after": last if last is not None and last < found.line_count and len(lines) >= LINES else None,
            "tags": found.tags.all(),
            "may_retag": may_retag(found, member),
            "may_fetch": found.is_handled_by(member),
            "attending": why_agent(found),
            "segments": found.assignments.select_related("agent", "queue", "sector"),
        },
    )


@require_GET
@never_cache
@requires(Member.may_use_chats)
def export_csv(request: MemberRequest) -> HttpResponseBase:
    """Stream the selected tickets as CSV, one row each."""
    filters, form = read(request.GET, request.member)
    if filters is None:
        return refused(request, "reports/history.html", _filter_context(form, filters))
    return csv_response(export.rows(Selection(request.member, filters)), export.file_name(request.member.project))


@require_GET
@never_cache
@requires(Member.may_use_chats)
@bounded_time
def export_xlsx(request: MemberRequest) -> HttpResponseBase:
    """Send the selected tickets as XLSX, one row each."""
    filters, form = read(request.GET, request.member)
    if filters is None:
        return refused(request, "reports/history.html", _filter_context(form, filters))
    selection = Selection(request.member, filters)
    try:
        export.check_xlsx(selection)
    except Invalid as error:
        form.add_error(None, str(error))
        return refused(request, "reports/history.html", _filter_context(form, filters))
    return xlsx_response(export.rows(selection), export.file_name(request.member.project))
