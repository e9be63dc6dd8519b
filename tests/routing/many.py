"""What the model says of the same with many tickets (docs/rules.md, Many at once): each by the rule for one, in the
order given; a refusal ends none but its own."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from .model import Model
from .parts import CLOSED, Refused, Ticket

#: The moment at which a ticket was acted on.
When = Callable[[Ticket], datetime]


class WholeModel(Model):
    """The world of the state machine."""

    def close_many(self, tickets: Sequence[Ticket], tags: Collection[str], by: str, when: When) -> list[str]:
        """``tags``: the sectors of which there is a tag. Returns of each the code, nothing for done."""
        if not tickets:
            raise Refused("tickets_required")
        seen = [self.sees(by, ticket) for ticket in tickets]
        if not tags:
            raise Refused("tags_required")
        at_hand = {self.sector_of(ticket) for ticket, visible in zip(tickets, seen, strict=True) if visible}
        own = {self.queues[q].sector for q in self.agents[by].queues if self._is_live(q)}
        if any(tag not in at_hand | own and not self.directs(by, tag) for tag in tags):
            raise Refused("foreign_tag")

        def one(ticket: Ticket) -> None:
            if ticket.state == CLOSED:
                raise Refused("room_closed")
            tagged = self.sector_of(ticket) in tags
            if not tagged and (ticket.had == by or self.directs(by, self.sector_of(ticket))):
                raise Refused("tags_required")
            self.close(ticket, by, when(ticket))

        return self._each(tickets, seen, one)

    def transfer_many(self, tickets: Sequence[Ticket], queue: str, by: str, when: When) -> list[str]:
        if not tickets:
            raise Refused("tickets_required")

        def one(ticket: Ticket) -> None:
            self.transfer_to_queue(ticket, queue, by, when(ticket))

        return self._each(tickets, [self.sees(by, ticket) for ticket in tickets], one)

    def assign_many(self, tickets: Sequence[Ticket], agent: str, by: str, when: When) -> list[str]:
        if not tickets:
            raise Refused("tickets_required")
        seen = [self.sees(by, ticket) for ticket in tickets]
        return self._each(tickets, seen, lambda ticket: self.assign(ticket, agent, by, when(ticket)))

    @staticmethod
    def _each(tickets: Sequence[Ticket], seen: Sequence[bool], act: Callable[[Ticket], None]) -> list[str]:
        codes = []
        for ticket, visible in zip(tickets, seen, strict=True):
            code = "" if visible else "not_found"
            if visible:
                try:
                    act(ticket)
                except Refused as refusal:
                    code = refusal.code
            codes.append(code)
        return codes
