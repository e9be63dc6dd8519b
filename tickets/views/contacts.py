"""A contact: which others are the same person, telling one apart, merging with another, and erasing."""

from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from core.form_fields import clean_query
from core.http import success_toast
from orgs.access import Member, MemberRequest, requires
from orgs.views.members import confirm_dialog
from tickets import operations
from tickets.models import Contact
from tickets.models.contacts import ContactQuerySet

#: Contacts of a person that are shown, and contacts found.
MAX_SHOWN, MAX_FOUND = 100, 20
#: Names are searched by parts of at least so many characters.
SHORTEST = 3


def _contacts(request: MemberRequest) -> ContactQuerySet:
    return Contact.objects.filter(project=request.member.project)


@require_GET
@never_cache
@requires(Member.may_merge_contacts)
def contact(request: MemberRequest, contact: UUID) -> HttpResponse:
    """Show the contacts joined with one, and search others to merge it with."""
    found = get_object_or_404(_contacts(request), pk=contact)
    with_tickets = _contacts(request).annotate(ticket_count=Count("tickets"), last_at=Max("tickets__opened_at"))
    entries = with_tickets.filter(main=found.main_id).order_by("created_at", "pk")
    text = clean_query(request.GET.get("q", ""))
    shown = list(entries[: MAX_SHOWN + 1])
    context: dict[str, Any] = {
        "contact": found,
        "entries": shown[:MAX_SHOWN],
        "left_out": entries.count() - MAX_SHOWN if len(shown) > MAX_SHOWN else 0,
        "search": text,
        "too_short": bool(text) and len(text) < SHORTEST,
    }
    if len(text) >= SHORTEST:
        others = with_tickets.matching(text).filter(erased_at=None).exclude(main=found.main_id)
        rows = list(others.order_by(F("last_at").desc(nulls_last=True), "pk")[: MAX_FOUND + 1])
        context |= {"others": rows[:MAX_FOUND], "more": len(rows) > MAX_FOUND}
    return render(request, "tickets/contact.html", context)


@never_cache
@requires(Member.may_merge_contacts)
def apart(request: MemberRequest, contact: UUID) -> HttpResponse:
    """Tell a contact apart from those it is joined with, once that is confirmed."""
    row = get_object_or_404(_contacts(request), pk=contact)
    back = _page(request, row)
    if request.method != "POST":
        main = _contacts(request).filter(main=row.main_id).exclude(pk=row.pk).order_by("created_at", "pk").first()
        if main is None:
            return redirect(back)
        names = {"name": label_of(row), "other": label_of(main)}
        question = {
            "title": _("Separate %(name)s from %(other)s?") % names,
            "sentences": [
                _("Each keeps the tickets opened under its own id."),
                _("They are not joined again by themselves, even with the same address or number."),
            ],
            "ok": _("Separate"),
        }
        return confirm_dialog(request, {**question, "action": request.path, "danger": True, "back_url": back})
    operations.tell_contact_apart(row, by=request.actor)
    success_toast(request, _("%(name)s is another person now.") % {"name": label_of(row)})
    return redirect(back)


@never_cache
@requires(Member.may_merge_contacts)
def merge(request: MemberRequest, contact: UUID, other: UUID) -> HttpResponse:
    """Merge two contacts, once that is confirmed."""
    one, two = get_object_or_404(_contacts(request), pk=contact), get_object_or_404(_contacts(request), pk=other)
    names = {"name": label_of(one), "other": label_of(two)}
    if request.method != "POST":
        question = {
            "title": _("Merge %(name)s with %(other)s?") % names,
            "sentences": [
                _("Their tickets are shown together, with those of all contacts joined with either."),
                _("From now on they have at most one open ticket."),
                _("Nothing is lost: they can be separated again."),
            ],
            "ok": _("Merge"),
        }
        return confirm_dialog(request, {**question, "action": request.path, "back_url": _page(request, one)})
    operations.merge_contacts(one, two, by=request.actor)
    success_toast(request, _("%(name)s and %(other)s are the same person now.") % names)
    return redirect(_page(request, one))


@never_cache
@requires(Member.may_merge_contacts)
def erase(request: MemberRequest, contact: UUID) -> HttpResponse:
    """Erase what is personal of a contact and of all that are the same person, once that is confirmed."""
    row = get_object_or_404(_contacts(request), pk=contact)
    if request.method != "POST":
        counts = operations.count_erasable(row)
        question = {
            "title": _("Erase %(name)s?") % {"name": label_of(row)},
            "sentences": [
                _("This can’t be undone."),
                _amounts(counts),
                _("What was said, on either side, notes, files, names, addresses, numbers and fields are erased."),
                _("Tickets stay, with their times, tags, agents and figures. Entries of the audit log stay, too."),
                _("Anyone who writes under the same id or number afterwards is a new contact."),
            ],
            "ok": _("Erase"),
        }
        back = _page(request, row)
        return confirm_dialog(request, {**question, "action": request.path, "danger": True, "back_url": back})
    operations.erase_contact(row, by=request.actor)
    success_toast(request, _("The contact was erased."))
    return redirect("reports:history", request.member.project.pk)


def _amounts(counts: operations.Erasable) -> str:
    return " · ".join(
        [
            ngettext("%(n)d ticket", "%(n)d tickets", counts.tickets) % {"n": counts.tickets},
            ngettext("%(n)d message", "%(n)d messages", counts.messages) % {"n": counts.messages},
            ngettext("%(n)d file", "%(n)d files", counts.files) % {"n": counts.files},
        ]
    )


def label_of(contact: Contact) -> str:
    """Return what tells a contact from another of the same name."""
    if contact.is_erased:
        return str(contact)
    detail = contact.urn_to_show or contact.external_id
    return f"{contact.name} ({detail})" if contact.name else detail


def _page(request: MemberRequest, contact: Contact) -> str:
    return reverse("tickets:contact", args=[request.member.project.pk, contact.pk])
