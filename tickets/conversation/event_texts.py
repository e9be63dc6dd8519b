"""Events of a ticket as sentences in the reader's language."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from orgs.models import User
from tickets.models import EventKind, Source, Ticket, TicketEvent


def names_in(events: Iterable[TicketEvent]) -> dict[str, str]:
    """Return the current names of agents whom events know only by id. At most one query."""
    wanted = {
        event.data["agent_id"] for event in events if event.data.get("agent_id") and not event.data.get("agent")
    }
    if not wanted:
        return {}
    users = User.objects.filter(pk__in=[UUID(pk) for pk in wanted])
    return {str(user.pk): user.name for user in users}


def sentence(event: TicketEvent, names: Mapping[str, str]) -> str:
    """Return the event as one sentence. ``names`` comes from ``names_in``; the actor must be loaded."""
    facts: dict[str, Any] = {
        "actor": event.actor.name if event.actor else "",
        "agent": event.data.get("agent") or names.get(event.data.get("agent_id", ""), "") or _("an agent"),
        "old": event.data.get("from_agent") or "",
        "place": " / ".join(filter(None, [event.data.get("sector"), event.data.get("queue")])),
        "from": event.data.get("from_queue") or "",
        "to": event.data.get("to_queue") or "",
        "minutes": event.data.get("minutes") or 0,
        "before": ", ".join(event.data.get("before") or []),
        "after": ", ".join(event.data.get("after") or []),
        "continues": event.data.get("continues") or "",
        "person": event.data.get("person") or "",
        "starter": event.data.get("started_by") or "",
        "token": event.data.get("token") or "",
    }
    text = _TEMPLATES[EventKind(event.kind)](event, facts) % facts
    return f"{text} {_('This is over the limit.')}" if event.data.get("over_limit") else text


def _opened(event: TicketEvent, facts: Mapping[str, str]) -> str:
    if event.data.get("source") == Source.TEST:
        return _("%(actor)s opened a test ticket in %(place)s.")
    if facts["starter"]:
        return _("%(starter)s started the conversation. The flow opened the ticket in %(place)s.")
    if event.data.get("source") == Source.AGENT and facts["actor"]:
        return _("%(actor)s opened the ticket in %(place)s.")
    if facts["continues"]:
        return _("The flow reopened ticket %(continues)s. It goes on here, in %(place)s.")
    return _("The flow opened the ticket in %(place)s.")


def _assigned(_event: TicketEvent, facts: Mapping[str, str]) -> str:
    if not facts["actor"]:
        return _("Assigned to %(agent)s by routing.")
    if facts["old"]:
        return _("%(actor)s reassigned the ticket from %(old)s to %(agent)s.")
    return _("%(actor)s assigned the ticket to %(agent)s.")


def _transferred(_event: TicketEvent, facts: Mapping[str, str]) -> str:
    if not facts["to"]:
        return _("%(actor)s transferred the ticket to %(agent)s.")
    if facts["actor"]:
        return _("%(actor)s transferred the ticket from %(from)s to %(to)s.")
    return _("The ticket was transferred from %(from)s to %(to)s.")


def _taken(_event: TicketEvent, facts: Mapping[str, str]) -> str:
    if facts["old"]:
        return _("%(agent)s took the ticket over from %(old)s.")
    return _("%(agent)s took the ticket from the queue.")


def _returned(event: TicketEvent, facts: Mapping[str, str]) -> str:
    if event.data.get("by_hand") and facts["actor"]:
        return _("%(actor)s returned the ticket to its queue.")
    if facts["old"]:
        return _("The ticket of %(old)s went back to its queue.")
    return _("The ticket went back to its queue.")


def _given_back(event: TicketEvent, _facts: Mapping[str, str]) -> str:
    if event.data.get("offline"):
        return ngettext(
            "%(old)s had been offline for more than %(minutes)d minute while the contact waited for an answer: "
            "the ticket went back to its queue.",
            "%(old)s had been offline for more than %(minutes)d minutes while the contact waited for an answer: "
            "the ticket went back to its queue.",
            event.data.get("minutes") or 0,
        )
    return ngettext(
        "%(old)s had not answered for %(minutes)d minute: the ticket went back to its queue.",
        "%(old)s had not answered for %(minutes)d minutes: the ticket went back to its queue.",
        event.data.get("minutes") or 0,
    )


def _closed(event: TicketEvent, facts: Mapping[str, str]) -> str:
    if event.data.get("by_flow"):
        return _("The flow closed the ticket.")
    if minutes := event.data.get("minutes"):
        return ngettext(
            "The contact was silent for %(minutes)d minute: the ticket was closed.",
            "The contact was silent for %(minutes)d minutes: the ticket was closed.",
            minutes,
        )
    if facts["token"]:
        return _("The program with the token “%(token)s” closed the ticket.")
    return _("%(actor)s closed the ticket.") if facts["actor"] else _("The ticket was closed.")


def _retagged(_event: TicketEvent, facts: Mapping[str, str]) -> str:
    if facts["actor"]:
        return _("%(actor)s changed the tags from %(before)s to %(after)s.")
    return _("The tags were changed from %(before)s to %(after)s.")


def _opened_again(_event: TicketEvent, _facts: Mapping[str, str]) -> str:
    return _("The flow handed the contact over again. The conversation goes on here.")


def _mentioned(_event: TicketEvent, _facts: Mapping[str, str]) -> str:
    return _("%(actor)s mentioned %(person)s, who can now see this ticket.")


_TEMPLATES = {
    EventKind.OPENED: _opened,
    EventKind.ASSIGNED: _assigned,
    EventKind.TRANSFERRED: _transferred,
    EventKind.TAKEN: _taken,
    EventKind.RETURNED: _returned,
    EventKind.GIVEN_BACK: _given_back,
    EventKind.CLOSED: _closed,
    EventKind.RETAGGED: _retagged,
    EventKind.OPENED_AGAIN: _opened_again,
    EventKind.MENTIONED: _mentioned,
}


def closings() -> Prefetch:
    """Return what ``closed_by`` reads, for a list of tickets: with their closers, one query for all."""
    return Prefetch("events", TicketEvent.objects.filter(kind=EventKind.CLOSED), to_attr="closings")


def closed_by(ticket: Ticket) -> str:
    """Return who closed a ticket: a person, a token's name, the flow or a rule; empty if unknown.

    One query, unless ``closings`` was prefetched.
    """
    if ticket.closed_by_flow:
        return pgettext("who closed", "Flow")
    if ticket.closed_by:
        return ticket.closed_by.name
    closings = ticket.closings if hasattr(ticket, "closings") else ticket.events.filter(kind=EventKind.CLOSED)
    data: dict[str, Any] = next((event.data for event in closings), {})
    if data.get("minutes"):
        return _("Automatic closing")
    return data.get("token") or ""
