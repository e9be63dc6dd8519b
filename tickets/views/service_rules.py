"""The page for a sector's service rules."""

from typing import Any
from uuid import UUID

from django.http import JsonResponse
from django.views.decorators.http import require_GET

from core.form_fields import MAX_FOUND, clean_query
from core.text import search_by_name
from orgs.access import Member, MemberRequest, requires
from sectors.views.base import EditView
from sectors.views.sectors import find
from tickets import operations
from tickets.forms import ServiceRulesForm, tags_of
from tickets.operations.service_rules import VARIABLES


class ServiceRulesEdit(EditView):
    """The sector's service rules: unanswered tickets, agents who are offline, silent contacts, the waiting
    target, tags after closing, earlier tickets."""

    form_class = ServiceRulesForm
    template_name = "tickets/attending.html"
    context_object_name = "sector"
    find = staticmethod(find)
    operation = staticmethod(operations.set_service_rules)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"sector": self.object, **super().get_form_kwargs()}

    def get_initial(self) -> dict[str, Any]:
        return ServiceRulesForm.initial_of(operations.attendance_rules(self.object))


rules = requires(Member.may_configure_some_sector)(ServiceRulesEdit.as_view(extra_context={"variables": VARIABLES}))


@require_GET
@requires(Member.may_configure_some_sector)
def rules_tags(request: MemberRequest, sector: UUID) -> JsonResponse:
    """Search tags that tickets of silent contacts can be closed with."""
    place = find(request.member, sector)
    found = search_by_name(tags_of(place), clean_query(request.GET.get("q", "")))[:MAX_FOUND]
    return JsonResponse({"choices": [{"value": str(tag.pk), "text": tag.name} for tag in found]})
