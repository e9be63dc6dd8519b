"""The log of what was started: filters from the query string, and the starts that match."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.log_filters import PeriodFilter, ZonedPeriodForm
from orgs.access import Member
from orgs.models import User
from orgs.querysets import by_person
from tickets.models import Ticket

from .access import starts_visible_to
from .models import Refusal, Start, StartState

#: People offered to filter by.
_MOST = 200


@dataclass(frozen=True, kw_only=True)
class StartFilter(PeriodFilter):
    """Filters of the log."""

    state: str = ""
    by: str = ""


class StartFilterForm(ZonedPeriodForm):
    """Parses the filters from a query string. ``by`` is only there for those who see starts of others."""

    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *StartState.choices])

    def __init__(self, member: Member, data: Any, *, zone: str) -> None:
        super().__init__(data, zone=zone)
        if member.may_watch():
            people = [(str(user.pk), user.name) for user in starters_in(member)]
            self.fields["by"] = forms.ChoiceField(
                label=_("Started by"), required=False, choices=[("", _("Everybody")), *people]
            )

    def asked(self) -> StartFilter:
        """Return the filters; only for a valid form."""
        c = self.cleaned_data
        return StartFilter(state=c["state"], by=c.get("by", ""), **self.period())


def starters_in(member: Member) -> QuerySet[User]:
    """Return those who started something that the member sees, by name."""
    seen = starts_visible_to(member).order_by().values("by")
    return User.objects.filter(pk__in=seen).order_by(*by_person())[:_MOST]


def matching(member: Member, asked: StartFilter) -> QuerySet[Start]:
    """Return the starts that the member sees and that match the filters, unordered."""
    rows = starts_visible_to(member).order_by()
    if asked.state:
        rows = rows.filter(state=asked.state)
    if asked.by:
        rows = rows.filter(by=UUID(asked.by))
    return rows.filter(asked.within("created_at"))


@dataclass(frozen=True)
class Row:
    """A start as it is listed. ``ticket``: the conversation that it led to or that stands in its way, if the member
    sees it; ``is_own``: whether they attend it. ``again``: whether the member may start it again."""

    start: Start
    ticket: Ticket | None
    is_own: bool
    again: bool


def rows_of(member: Member, starts: list[Start]) -> list[Row]:
    """Return the starts as rows. Two queries, whatever their number."""
    visible = Ticket.objects.visible_to(member).select_related("agent")
    opened = {t.pk: t for t in visible.filter(pk__in=[s.ticket_id for s in starts if s.ticket_id])}
    blocked = {s.contact.main_id for s in starts if s.refusal == Refusal.IN_CONVERSATION and s.contact is not None}
    in_the_way = {t.main_contact_id: t for t in visible.open().filter(main_contact__in=blocked)} if blocked else {}

    def ticket_of(start: Start) -> Ticket | None:
        if start.ticket_id:
            return opened.get(start.ticket_id)
        return in_the_way.get(start.contact.main_id) if start.contact is not None else None

    def row_of(start: Start) -> Row:
        ticket, is_mine = ticket_of(start), start.by_id == member.user.pk
        is_own = ticket is not None and ticket.agent_id == member.user.pk
        return Row(start, ticket, is_own, start.may_be_started_again and is_mine)

    return [row_of(start) for start in starts]
