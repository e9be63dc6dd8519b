"""The course of a conversation: who writes what and when, while a ticket waits and while an agent has it."""

import math
from random import Random

from .clock import MINUTE, SECOND, Ms
from .dialogues import AGENT, BEFORE, CONTACT, Facts, language, say
from .world import Agent, Line, Ticket

#: Pauses before a message: drawn once and sampled, since log-normal draws are slow.
_TABLE = 4096


class Talk:
    """Writes conversations into tickets. Times are in milliseconds; all randomness comes from ``random``."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._agent_gaps = self._gaps(median=42, spread=0.75)
        self._contact_gaps = self._gaps(median=33, spread=0.85)

    def _gaps(self, median: float, spread: float) -> list[Ms]:
        draws = (median * math.exp(self._random.gauss(0, spread)) for _ in range(_TABLE))
        return [int(min(max(seconds, 4), 1500) * SECOND) for seconds in draws]

    def _gap(self, who: str, load: int = 1) -> Ms:
        pick = int(self._random.random() * _TABLE)
        if who == CONTACT:
            return self._contact_gaps[pick]
        return int(self._agent_gaps[pick] * (1 + 0.2 * (load - 1)))

    def _opening_gap(self) -> Ms:
        """Return the delay of the question after the handover."""
        return int((2 + self._random.random() * 12) * SECOND)

    def before(self, ticket_opened: Ms, topic_before: list, facts: Facts) -> list[Line]:
        """Return the bot conversation before the handover."""
        at = ticket_opened - (len(topic_before) + 1) * 9 * SECOND
        lines = []
        for step in topic_before:
            at += int(3 * SECOND + self._random.random() * 6 * SECOND)
            kind = "contact" if step.who == BEFORE else "bot"
            lines.append(Line(at, kind, None, say(step.ways, self._random, facts)))
        return lines

    def while_waiting(self, ticket: Ticket, since: Ms, until: Ms) -> None:
        """Write the contact's messages while waiting, between two instants: the question, then impatience."""
        at = since + self._opening_gap()
        if ticket.step == 0:
            if at >= until:
                return
            self._contact(ticket, at, ticket.topic.steps[0].ways)
            ticket.step = 1
        ways = language(ticket.contact.code).common["waiting"]
        for _ in range(3):
            at += int((3 + self._random.random() * 12) * MINUTE)
            if at >= until:
                return
            self._contact(ticket, at, ways)

    def attend(self, ticket: Ticket, agent: Agent, at: Ms, load: int, steps: int | None) -> tuple[Ms, bool]:
        """Write the conversation from ``at`` on, up to ``steps`` lines (None: to the end).

        Returns the time of the last line and whether the conversation ended.
        """
        common = language(ticket.contact.code).common
        if ticket.transfers:
            at += self._gap(AGENT, load)
            self._agent(ticket, at, agent, common["hello"])
        said = 0
        all_steps = ticket.topic.steps
        while ticket.step < len(all_steps):
            if steps is not None and said >= steps:
                return at, False
            step = all_steps[ticket.step]
            ticket.step += 1
            if step.sometimes and self._random.random() < 0.5:
                continue
            at += self._gap(step.who, load) if ticket.step > 1 else self._opening_gap()
            if step.who == CONTACT:
                self._contact(ticket, at, step.ways)
            else:
                ticket.facts["agent"] = agent.first
                text = say(step.ways, self._random, ticket.facts)
                ticket.lines.append(Line(at, "agent" if step.who == AGENT else "note", agent, text))
            said += 1
        return at, True

    def leave_taking(self, ticket: Ticket, agent: Agent, at: Ms, load: int) -> Ms:
        """Write the goodbyes; returns the time of the last line."""
        common = language(ticket.contact.code).common
        if self._random.random() < 0.4:
            at += self._gap(AGENT, load)
            self._agent(ticket, at, agent, common["more"])
            at += self._gap(CONTACT)
            self._contact(ticket, at, common["no"])
        if self._random.random() < 0.7:
            at += self._gap(AGENT, load)
            self._agent(ticket, at, agent, common["bye"])
        return at

    def silence(self, ticket: Ticket, agent: Agent, at: Ms) -> Ms:
        """Write the agent's attempts to reach a contact who stopped answering; returns the time of the last line."""
        common = language(ticket.contact.code).common
        at += int((2 + self._random.random() * 5) * MINUTE)
        self._agent(ticket, at, agent, common["nudge"])
        at += int((4 + self._random.random() * 8) * MINUTE)
        self._agent(ticket, at, agent, common["end"])
        return at

    def pass_on(self, ticket: Ticket, agent: Agent, at: Ms, load: int) -> Ms:
        """Write the messages before a transfer; returns the time of the last line."""
        common = language(ticket.contact.code).common
        if self._random.random() < 0.8:
            at += self._gap(AGENT, load)
            self._agent(ticket, at, agent, common["pass"])
        return at

    def transfer_note(self, ticket: Ticket, agent: Agent, at: Ms) -> None:
        """Write the note that accompanies about every second transfer."""
        if self._random.random() < 0.5:
            ways = language(ticket.contact.code).common["note"]
            ticket.lines.append(Line(at, "note", agent, say(ways, self._random, ticket.facts)))

    def _contact(self, ticket: Ticket, at: Ms, ways: tuple[str, ...]) -> None:
        ticket.lines.append(Line(at, "contact", None, say(ways, self._random, ticket.facts)))

    def _agent(self, ticket: Ticket, at: Ms, agent: Agent, ways: tuple[str, ...]) -> None:
        ticket.facts["agent"] = agent.first
        ticket.lines.append(Line(at, "agent", agent, say(ways, self._random, ticket.facts)))
