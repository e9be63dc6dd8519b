"""What is always true of a project, whatever ran at once (docs/rules.md, Routing; Life of a ticket)."""

from collections import Counter
from uuid import UUID

from orgs.models import Project
from queues.models import AgentStatus, QueueAgent, Status
from sectors.models import AgentLimit
from tickets.models import Assignment, Delivery, Message, QueueStay, Ticket, TicketEvent


def assert_invariants(project: Project, *, overfull: bool = False) -> None:
    """Check a project after anything; ``overfull`` where a person has assigned over the limit by hand."""
    tickets = list(Ticket.objects.filter(project=project).select_related("sector"))
    _nobody_puts_off_a_pause_without_tickets(project, tickets)
    if not tickets:
        return
    _seats(tickets, overfull)
    _nobody_waits_beside_an_eligible_agent(project, tickets)
    _segments_and_stays(project, tickets)
    _lines_without_gaps(project, tickets)
    _closed_ones_have_tags(project)
    _one_open_ticket_per_contact(tickets)


def _seats(tickets: list[Ticket], overfull: bool) -> None:
    active = [t for t in tickets if t.is_active]
    seats = Counter((t.sector_id, t.agent_id, t.seat) for t in active)
    assert all(n == 1 for n in seats.values()), "a seat is taken twice"
    load = Counter((t.sector_id, t.agent_id) for t in active)
    if not overfull:
        assert all(n <= _limit(tickets, s, a) for (s, a), n in load.items()), f"above the limit: {load}"


def _limit(tickets: list[Ticket], sector: UUID, agent: UUID | None) -> int:
    """An agent's own limit in a sector, else the sector's."""
    own = AgentLimit.objects.filter(sector=sector, user=agent).values_list("ticket_limit", flat=True).first()
    return own or next(t.sector.ticket_limit for t in tickets if t.sector_id == sector)


def _nobody_waits_beside_an_eligible_agent(project: Project, tickets: list[Ticket]) -> None:
    statuses = AgentStatus.objects.filter(project=project, status=Status.ONLINE, then_pause=False)
    online = set(statuses.values_list("user_id", flat=True))
    load = Counter((t.sector_id, t.agent_id) for t in tickets if t.is_active)
    for ticket in (t for t in tickets if t.is_waiting):
        on_queue = set(QueueAgent.objects.filter(queue_id=ticket.queue_id).values_list("user_id", flat=True))
        free = [a for a in on_queue & online if load[(ticket.sector_id, a)] < _limit(tickets, ticket.sector_id, a)]
        assert not free, f"{ticket} waits although {len(free)} agents are eligible"


def _nobody_puts_off_a_pause_without_tickets(project: Project, tickets: list[Ticket]) -> None:
    busy = {t.agent_id for t in tickets if t.is_active}
    announced = set(AgentStatus.objects.filter(project=project, then_pause=True).values_list("user_id", flat=True))
    assert announced <= busy, "a pause was announced and the last ticket is gone"


def _segments_and_stays(project: Project, tickets: list[Ticket]) -> None:
    segments = {a.ticket_id: a for a in Assignment.objects.filter(ticket__project=project, ended_at=None)}
    stays = {s.ticket_id: s for s in QueueStay.objects.filter(ticket__project=project, left_at=None)}
    for ticket in tickets:
        segment, stay = segments.get(ticket.pk), stays.get(ticket.pk)
        assert (segment is not None) == ticket.is_active, f"{ticket} {ticket.status}: {segment}"
        assert (stay is not None) == ticket.is_waiting, f"{ticket} {ticket.status}: {stay}"
        if segment is not None:
            assert (segment.agent_id, segment.seat, segment.sector_id, segment.queue_id) == (
                ticket.agent_id,
                ticket.seat,
                ticket.sector_id,
                ticket.queue_id,
            )
        if stay is not None:
            assert stay.queue_id == ticket.queue_id


def _lines_without_gaps(project: Project, tickets: list[Ticket]) -> None:
    numbers: dict = {t.pk: [] for t in tickets}
    lines = list(Message.objects.filter(ticket__project=project, is_history=False).values_list("ticket", "number"))
    lines += TicketEvent.objects.filter(ticket__project=project).values_list("ticket", "number")
    for pk, n in lines:
        numbers[pk].append(n)
    for ticket in tickets:
        found = sorted(numbers[ticket.pk])
        assert found == list(range(1, ticket.line_count + 1)), (
            f"lines of {ticket}: {found}, counted {ticket.line_count}"
        )
    for delivery in Delivery.objects.filter(ticket__project=project):
        assert delivery.number in numbers[delivery.ticket_id], "a delivery of no line"


def _closed_ones_have_tags(project: Project) -> None:
    untagged = Ticket.objects.closed().filter(project=project, ticket_tags=None)
    assert not untagged.exists(), "closed without a tag"


def _one_open_ticket_per_contact(tickets: list[Ticket]) -> None:
    open_ones = Counter(t.contact_id for t in tickets if not t.is_closed)
    assert all(n == 1 for n in open_ones.values()), "a contact has two open tickets"
