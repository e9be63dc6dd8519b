"""Where pages of lower apps lead to starting a conversation."""

from django import template

from active_messages import people
from active_messages.access import starts_conversations, starts_visible_to
from orgs.access import Member
from tickets.models import Contact

register = template.Library()


@register.filter
def may_start_conversations(member: Member | None) -> bool:
    """Whether the member can start a conversation now."""
    return member is not None and starts_conversations(member)


@register.filter
def can_be_written_to(contact: Contact) -> bool:
    """Whether a conversation with the contact could be started by somebody with the permission. No query."""
    return people.can_be_written_to(contact)


@register.filter
def sees_active_messages(member: Member | None) -> bool:
    """Whether conversations were started that the member sees. One query."""
    return member is not None and member.has_chats and starts_visible_to(member).exists()
