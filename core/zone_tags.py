"""The template filter of time zones."""

from django import template

from core.timezones import zone_name as name_of

register = template.Library()


@register.filter
def zone_name(zone: str) -> str:
    """Return a time zone as people call it: "São Paulo"."""
    return name_of(zone)
