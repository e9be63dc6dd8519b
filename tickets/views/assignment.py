"""Transferring and taking tickets."""

from typing import Any
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
from tickets.desk.transfer_targets import find_target
from tickets.desk.worklist import transfer_queues
from tickets.forms import TransferForm
from tickets.models import Ticket
from tickets.routing.explain import agents_of

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
    """Show the targets, with free agents and queue lengths, then transfer the ticket."""
    found = find_ticket(request, ticket)
    can = permitted_actions(found, request.member)
    if request.method == "GET" and not can.transfer:
        raise NotAllowed
    form = TransferForm(request.POST if request.method == "POST" else None)

    def act() -> HttpResponse:
        target = find_target(found.project, *form.cleaned_data["to"], field="to")
        note = form.cleaned_data["note"].strip()
        if isinstance(target, Queue):
            operations.transfer_to_queue(found.pk, target, by=request.actor, note=note)
        else:
            # A waiting ticket is assigned, not transferred: no agent has it yet.
            give = operations.assign if found.is_waiting else operations.transfer_to_agent
            give(found.pk, target, by=request.actor, note=note)
        return HttpResponse(status=204)

    def show(status: int) -> HttpResponse:
        context = {"form": form, "ticket": found, "contact_name": contact_name(found), **_targets(found, can.directs)}
        return render(request, "tickets/_transfer.html", context, status=status)

    return submitted(form, act, show)


def _targets(ticket: Ticket, directs: bool) -> dict[str, Any]:
    """Return the queues and agents a ticket can go to.

    Other queues with their lengths, and agents of its queue; for members who direct the sector, all of its agents.
    """
    agents = agents_of(ticket.sector, queue_id=None if directs else ticket.queue_id)
    return {
        "queues": transfer_queues(ticket),  # with ``waiting`` and ``online``
        "agents": [
            (agent, directs or agent.is_eligible, agent.question() if directs else "")
            for agent in agents
            if agent.user.pk != ticket.agent_id
        ],
        "directs": directs,
    }
