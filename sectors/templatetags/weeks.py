"""Weekdays in templates."""

from django import template
from django.utils.dates import WEEKDAYS

from sectors.weekform import Day

register = template.Library()


@register.filter
def weekday_name(day: Day) -> str:
    """Return the translated name of a day of the week form."""
    return str(WEEKDAYS[day.weekday]) if day else ""
