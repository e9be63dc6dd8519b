"""Numbers in templates: ``{% load numbers %}``."""

from django import template

from . import numbers

register = template.Library()


@register.filter
def number(count: int | None) -> str:
    """Format a whole number with the language's grouping; a dash for None."""
    return "–" if count is None else numbers.grouped(count)
