"""The alert for tickets over their waiting target."""

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from core.http import parse_uuids
from orgs.access import Member, MemberRequest, requires
from tickets.desk.waiting_targets import MAX_ALERTED, alert


@require_GET
@never_cache
@requires(Member.may_watch)
def late(request: MemberRequest) -> HttpResponse:
    """Show what to say about the tickets of an event (``ticket``, repeated) and where to go; 204 for nothing."""
    member = request.member
    found = alert(member, parse_uuids(request.GET.getlist("ticket"), most=MAX_ALERTED))
    if found is None:
        return HttpResponse(status=204)
    return JsonResponse(
        {
            "title": _("Waiting too long"),
            "text": found.sentence,
            "ticket": str(found.first.pk),
            "url": reverse("tickets:ticket", args=[member.project.pk, found.first.pk]),
            "label": _("Open"),
        }
    )
