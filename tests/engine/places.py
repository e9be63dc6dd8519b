"""Desks of organizations of their own, and the one token that all of them share."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from orgs import operations as orgs
from orgs.access import SYSTEM
from orgs.models import TokenScope, User
from queues.models import AgentStatus
from tests.builders import Desk
from tickets.models import Ticket as Room

from .handler import Ticket
from .wenichats import Ticketer


@dataclass
class Place:
    """A desk with an agent who is online and stays so, and the engine's way to it."""

    desk: Desk
    agent: User
    ticketer: Ticketer

    @classmethod
    def set_up(cls) -> "Place":
        """Return that of a new organization."""
        desk = Desk.set_up()
        agent = desk.agent_online(limit=100)
        AgentStatus.objects.filter(user=agent).update(seen_at=timezone.now() + timedelta(days=1))
        return cls(desk, agent, Ticketer(str(desk.sector.pk)))

    def reply(self, ticket: Ticket, text: str, **values: Any) -> None:
        """Let the agent answer."""
        self.desk.reply(Room.objects.get(pk=ticket.room), self.agent, text, **values)


def token() -> str:
    """Return a new token for all organizations of the installation."""
    return orgs.create_token("Flow", by=SYSTEM, scopes=[TokenScope.OPEN])[1]
