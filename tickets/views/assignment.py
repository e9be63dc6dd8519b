"""Transferring and taking tickets."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError, NotAllowed
from orgs.access import ActorRequest, Member, MemberRequest, people_with_chats, requires
from queues.models import Queue
from tickets import operations
from tickets.conversation.transcript import contact_name
from tickets.desk.permitted_actions import permitted_actions
from tickets.desk.worklist import transfer_queues
from tickets.forms import TransferForm, add_refusal
from tickets.models import Ticket
from tickets.routing.explain import agents_of

from .common import find_ticket, http_status, says_refusals


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
    code = 200
    if form.is_bound:
        code = _transfer(request, found, form)
        if code == 204:
            return HttpResponse(status=204)
    context = {"form": form, "ticket": found, "contact_name": contact_name(found), **_targets(found, can.directs)}
    return render(request, "tickets/_transfer.html", context, status=code)


def _transfer(request: ActorRequest, ticket: Ticket, form: TransferForm) -> int:
    """Do what the form says; return the response status, 204 on success."""
    if not form.is_valid():
        return 422
    kind, pk = form.cleaned_data["to"]
    note, actor = form.cleaned_data["note"].strip(), request.actor
    try:
        if kind == "queue":
            queue = Queue.objects.filter(pk=pk, sector__project=ticket.project_id).first()
            if queue is None:
                form.add_error("to", _("This queue is not there any more. Choose another."))
                return 422
            operations.transfer_to_queue(ticket.pk, queue, by=actor, note=note)
        else:
            agent = people_with_chats(ticket.project).filter(pk=pk).first()
            if agent is None:
                form.add_error("to", _("This person has no access to Chats any more. Choose another."))
                return 422
            # A waiting ticket is assigned, not transferred: no agent has it yet.
            give = operations.assign if ticket.is_waiting else operations.transfer_to_agent
            give(ticket.pk, agent, by=actor, note=note)
    except DomainError as error:
        add_refusal(form, error)
        return http_status(error)
    return 204


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
