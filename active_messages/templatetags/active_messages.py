"""Where pages of lower apps lead to starting a conversation."""

from django import template

from active_messages.access import starts_conversations
from orgs.access import Member

register = template.Library()


@register.filter
def may_start_conversations(member: Member | None) -> bool:
    """Whether the member can start a conversation now."""
    return member is not None and starts_conversations(member)
