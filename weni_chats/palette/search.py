"""Search for tickets, contacts, sectors and pages, and whom to write to (docs/desk.md, Command palette).

Results are limited to what the member may see elsewhere: each kind starts from the same rule of visibility.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import compress
from typing import Any

from django.db.models import Case, IntegerField, Q, Value, When
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from active_messages.access import starts_conversations
from core.form_fields import clean_query
from core.phone_numbers import canonical_number
from core.text import by_name, matches, plain, search_by_name
from guide.chapters import SLUGS, Chapter, chapter_of
from orgs.access import Member
from orgs.context_processors import Item
from reports.filters import contact_like
from sectors.models import Sector
from sectors.readiness import lack_of
from tickets.conversation.transcript import contact_name
from tickets.models import Ticket
from tickets.models.querysets import TicketQuerySet

#: Maximum number of results per kind.
SHOWN = 6
#: Names are searched by trigrams; protocols by prefix, of any length.
SHORTEST_NAME = 3
#: The icon of what starts a conversation.
_NEW = "message-circle-plus"
_GUIDE = "circle-question-mark"


@dataclass(frozen=True)
class Found:
    """A result: its title, a distinguishing detail, and its URL."""

    label: str
    hint: str
    url: str
    icon: str


@dataclass(frozen=True)
class Group:
    """The results of one kind."""

    title: str
    found: list[Found]


def find(member: Member, pages: Iterable[Item], typed: str) -> list[Group]:
    """Return the matches of a text, at most ``SHOWN`` per kind; kinds without matches are omitted.

    Without text: the member's own open tickets, and the pages. ``pages`` is the member's navigation.
    """
    typed = clean_query(typed)
    groups = [
        Group(_("Tickets"), _tickets(member, typed) if member.has_chats else []),
        Group(_("Contacts"), _contacts(member, typed) if member.has_chats else []),
        Group(_("Sectors"), _sectors(member, typed)),
        Group(_("Pages"), _pages(member, pages, typed)),
    ]
    return [group for group in groups if group.found]


def _listed(tickets: TicketQuerySet) -> Any:
    open_first = Case(When(status="closed", then=Value(1)), default=Value(0), output_field=IntegerField())
    return tickets.for_lists().order_by(open_first, "-opened_at", "-pk")


def _tickets(member: Member, typed: str) -> list[Found]:
    tickets = _listed(Ticket.objects.visible_to(member))
    if not typed:
        tickets = tickets.active().filter(agent=member.user)
    else:
        matching = Q(protocol__istartswith=plain(typed))
        if len(typed) >= SHORTEST_NAME:
            matching |= contact_like(member, typed)
        tickets = tickets.filter(matching)
    return [_ticket(member, ticket) for ticket in tickets[:SHOWN]]


def _ticket(member: Member, ticket: Ticket) -> Found:
    page = "reports:ticket" if ticket.is_closed else "tickets:ticket"
    state = ticket.agent.name if ticket.is_active and ticket.agent else ticket.get_status_display()
    hint = " · ".join([ticket.protocol, ticket.sector.name, state])
    url = reverse(page, args=[member.project.pk, ticket.pk])
    return Found(contact_name(ticket), hint, url, "history" if ticket.is_closed else "message-circle")


def _contacts(member: Member, typed: str) -> list[Found]:
    """Return contacts of the tickets that history lists; each links to the contact's."""
    if len(typed) < SHORTEST_NAME:
        return []
    tickets = _listed(Ticket.objects.in_own_right(member)).filter(contact_like(member, typed), is_anon=False)
    names: dict[Any, Found] = {}
    for ticket in tickets[: SHOWN * 10]:
        words = ticket.contact.name or ticket.contact.urn
        if ticket.main_contact_id in names or not words:
            continue
        query = urlencode({"contact": words[:100]})
        url = f"{reverse('reports:history', args=[member.project.pk])}?{query}"
        names[ticket.main_contact_id] = Found(contact_name(ticket), ticket.urn_to_show, url, "contact-round")
    return list(names.values())[:SHOWN]


def _sectors(member: Member, typed: str) -> list[Found]:
    if not typed or not member.has_chats:
        return []
    found = []
    sectors = Sector.objects.visible_to(member).live()
    matching = search_by_name(sectors, typed).with_readiness().with_first_queue()
    for sector in matching.prefetch_related("ranges", "exceptions").order_by("position", *by_name())[:SHOWN]:
        if member.may_configure_sector(sector.pk):
            lack = lack_of(sector)
            url = reverse("sectors:detail", args=[member.project.pk, sector.pk])
            hint = lack.short if lack else _("Settings of the sector")
        else:
            url = f"{reverse('reports:history', args=[member.project.pk])}?{urlencode({'sector': str(sector.pk)})}"
            hint = _("History of the sector")
        found.append(Found(sector.name, hint, url, "building-2"))
    return found


def _pages(member: Member, pages: Iterable[Item], typed: str) -> list[Found]:
    """Return the pages whose name matches, chapters of the guide too, and the page that starts a conversation: by its
    name, or for a phone number. Whether the member may is only asked if it would be shown."""
    new = reverse("active_messages:new", args=[member.project.pk])
    shown = [Found(page.label, "", page.url, page.icon) for page in pages]
    shown.append(Found(_("New conversation"), "", new, _NEW))
    if typed:
        shown += [_chapter(chapter_of(slug)) for slug in SLUGS]
        shown = list(compress(shown, matches(typed, [page.label for page in shown])))
    number = canonical_number(typed)
    if number and ";" not in number:
        url = f"{new}?{urlencode({'q': number})}"
        shown.append(Found(_("Write to %(number)s") % {"number": number}, _("New conversation"), url, _NEW))
    if any(page.icon == _NEW for page in shown) and not starts_conversations(member):
        shown = [page for page in shown if page.icon != _NEW]
    return shown


def _chapter(chapter: Chapter) -> Found:
    return Found(chapter.text.title, _("Guide"), reverse("guide:chapter", args=[chapter.slug]), _GUIDE)
