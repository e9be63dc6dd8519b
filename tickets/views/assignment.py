"""Transferring and taking tickets."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import NotAllowed
from orgs.access import Member, MemberRequest, requires
from queues.models import Queue
from tickets import operations
from tickets.conversation.transcript import contact_name
from tickets.desk.permitted_actions import permitted_actions
from tickets.desk.transfer_targets import find_target, targets_of
from tickets.forms import TransferForm
from tickets.models import Ticket

from .common import find_ticket, says_refusals, submitted


@require_POST
@requires(Member.may_use_chats)
@says_refusals
def take(request: MemberRequest, ticket: UUID) -> HttpResponse:
    """Take a ticket from a queue or over from its agent. If somebody else was faster, 409 names them."""
    member = request.member
    # The ticket is no longer visible to the one who was slower; they are told anyway if it was in their queue.
    from_own_line = Ticket.objects.active().filter(project=member.project, queue_id__in=member.queue_ids, pk=ticket)
    pk = ticket if from_own_line.exists() else find_ticket(request, ticket).pk
    operations.take(pk, by=request.actor)
    return HttpResponse(status=204)


@require_http_methods(["GET", "POST"])
@never_cache
@requires(Member.may_use_chats)
@says_refusals
def transfer(request: MemberRequest, ticket: UUID) -> HttpResponse:
    """Show the targets, with free agents and queue lengths, then transfer the ticket.

    With ``part``, only the targets that match ``filter``.
    """
    found = find_ticket(request, ticket)
    can = permitted_actions(found, request.member)
    if request.method == "GET" and not can.transfer:
        raise NotAllowed
    form = TransferForm(request.POST if request.method == "POST" else None)

    if request.method == "GET" and "part" in request.GET:
        targets = targets_of(found, directs=can.directs, search=request.GET.get("filter", ""))
        return render(request, "tickets/_target_groups.html", {"form": form, "targets": targets})

    def act() -> HttpResponse:
        kind, pk = form.cleaned_data["to"]
        note = form.cleaned_data["note"].strip()
        if pk is None:
            operations.return_to_line(found.pk, by=request.actor, note=note)
            return HttpResponse(status=204)
        target = find_target(found.project, kind, pk, field="to")
        if isinstance(target, Queue):
            operations.transfer_to_queue(found.pk, target, by=request.actor, note=note)
        else:
            # A waiting ticket is assigned, not transferred: no agent has it yet.
            give = operations.assign if found.is_waiting else operations.transfer_to_agent
            give(found.pk, target, by=request.actor, note=note)
        return HttpResponse(status=204)

    def show(status: int) -> HttpResponse:
        context = {
            "form": form,
            "ticket": found,
            "contact_name": contact_name(found),
            "targets": targets_of(found, directs=can.directs),
            "search_url": f"{request.path}?part=1",
        }
        return render(request, "tickets/_transfer.html", context, status=status)

    return submitted(form, act, show)
