"""A browser's requests to the desk, without a browser."""

import re
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orgs.models import Project, User
from tests.pages import has_opened
from tickets.models import Message, MessageKind, Ticket


class Browser:
    """A signed-in person at the desk of a project."""

    def __init__(self, user: User | None, project: Project) -> None:
        self.project = project
        self.client = Client()
        if user is not None:
            self.client.force_login(user)
            has_opened(self.client, project)

    def url(self, name: str, ticket: Ticket | None = None, **more: Any) -> str:
        """Return the address of one of the desk's views."""
        kwargs = {"project": self.project.pk, **more}
        if ticket is not None:
            kwargs["ticket"] = ticket.pk
        return reverse(f"tickets:{name}", kwargs=kwargs)

    def get(self, name: str, ticket: Ticket | None = None, query: dict | None = None, **more: Any) -> Any:
        """Fetch a page or fragment."""
        return self.client.get(self.url(name, ticket, **more), query or {})

    def post(self, name: str, ticket: Ticket | None = None, data: Any = None, **more: Any) -> Any:
        """Send a form, as the desk's page does."""
        headers = {"X-Requested-With": "desk"}
        return self.client.post(self.url(name, ticket, **more), data or {}, headers=headers)

    def text(self, name: str, ticket: Ticket | None = None, **query: Any) -> str:
        """Fetch a fragment's markup."""
        response = self.get(name, ticket, query)
        assert response.status_code == 200, response.status_code
        return response.content.decode()


def numbers(markup: str) -> list[int]:
    """Return the numbers of the lines in a fragment, in order."""
    return [int(n) for n in re.findall(r'data-number="(\d+)"', markup)]


def listed(markup: str) -> list[str]:
    """Return the ids of the tickets in a fragment of the list, in order."""
    return re.findall(r'data-ticket="([0-9a-f-]{36})"', markup)


def talked(ticket: Ticket, count: int, text: str = "message {}", *, bot: bool = False) -> list[Message]:
    """Write many messages of the contact at once, as the operation would have one by one; or of the bot, before."""
    now = timezone.now()
    first = Ticket.objects.get(pk=ticket.pk).line_count + 1
    rows = [
        Message(
            ticket=ticket,
            kind=MessageKind.BOT if bot else MessageKind.CONTACT,
            number=None if bot else first + i,
            is_history=bot,
            history_key=f"{i}" if bot else "",
            text=text.format(i),
            created_on=now - timedelta(seconds=count - i, hours=bot),
            stored_at=now - timedelta(seconds=count - i),
        )
        for i in range(count)
    ]
    Message.objects.bulk_create(rows, batch_size=2_000)
    if not bot:
        Ticket.objects.filter(pk=ticket.pk).update(line_count=first + count - 1)
    return rows
