"""The service rules of the model of routing, written from docs/rules.md and from nothing of the program."""

from datetime import datetime, timedelta

from .parts import ACTIVE, OFFLINE, Ticket


class ServiceRules:
    """What service rules do to the tickets of the model, which has them."""

    def set_rules(
        self,
        sector: str,
        give_back: int | None,
        move_on: int | None,
        warn: int | None,
        close_silent: int | None,
        now: datetime,
    ) -> None:
        found, wanted = self.sectors[sector], (give_back, move_on, warn, close_silent)
        if (found.give_back, found.move_on, found.warn, found.close_silent) != wanted:
            found.give_back, found.move_on, found.warn, found.close_silent = wanted
            found.ruled = now

    def _is_over(self, ticket: Ticket, since: datetime | None, minutes: int | None, now: datetime) -> bool:
        ruled = self.sectors[self.sector_of(ticket)].ruled
        if since is None or minutes is None or ruled is None:
            return False
        return max(since, ruled) + timedelta(minutes=minutes) <= now

    def goes_back(self, ticket: Ticket, now: datetime) -> bool:
        """Unanswered for too long, and not to come straight back to the same agent."""
        agent, sector = ticket.agent, self.sector_of(ticket)
        if agent is None or ticket.segments[-1].answered:
            return False
        if not self._is_over(ticket, ticket.segments[-1].began, self.sectors[sector].give_back, now):
            return False
        would_have_room = len(self.attended(agent, sector)) - 1 < self.limit(sector, agent)
        there = ticket.queue in self.agents[agent].queues and self.agents[agent].takes_tickets
        return bool({*self.eligible(ticket.queue)} - {agent}) or not (there and would_have_room)

    def give_back(self, ticket: Ticket, now: datetime) -> bool:
        return self.goes_back(ticket, now) and self._give_back(ticket, now)

    def moves_on(self, ticket: Ticket, now: datetime) -> bool:
        """The contact waits for an answer of somebody who has been offline, and had the ticket, for too long."""
        if ticket.agent is None or not ticket.asks or self.agents[ticket.agent].status != OFFLINE:
            return False
        had, offline = ticket.segments[-1].began, self.agents[ticket.agent].since
        since = max(had, offline) if offline else had
        return self._is_over(ticket, since, self.sectors[self.sector_of(ticket)].move_on, now)

    def move_on(self, ticket: Ticket, now: datetime) -> bool:
        return self.moves_on(ticket, now) and self._give_back(ticket, now)

    def _give_back(self, ticket: Ticket, now: datetime) -> bool:
        ticket.left_by = self._end_segment(ticket, now, "given_back")
        self._wait(ticket, now, ticket.joined)
        self._pause_if_done(ticket.left_by, now)
        self._route(now, self.sector_of(ticket))
        return True

    def to_be_warned(self, ticket: Ticket, now: datetime) -> bool:
        minutes = self.sectors[self.sector_of(ticket)].warn
        return (
            ticket.state == ACTIVE and not ticket.warned and self._is_over(ticket, ticket.silent_since, minutes, now)
        )

    def warn_silent(self, ticket: Ticket, now: datetime) -> bool:
        if not self.to_be_warned(ticket, now):
            return False
        ticket.warned = now
        return True

    def too_silent(self, ticket: Ticket, now: datetime) -> bool:
        """Silent for long enough; who was warned late has as much longer."""
        sector = self.sectors[self.sector_of(ticket)]
        if ticket.state != ACTIVE or not self._is_over(ticket, ticket.silent_since, sector.close_silent, now):
            return False
        if sector.warn is None or sector.close_silent is None:
            return True
        left = timedelta(minutes=sector.close_silent - sector.warn)
        return ticket.warned is not None and ticket.warned + left <= now

    def close_silent(self, ticket: Ticket, now: datetime) -> bool:
        if not self.too_silent(ticket, now):
            return False
        self._end(ticket, now)
        return True
