"""Template filters for weekdays."""

from django import template
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst

from sectors.forms.week import Day

register = template.Library()


@register.filter
def weekday_name(day: Day) -> str:
    """Return the translated name of a day of the week form."""
    return capfirst(WEEKDAYS[day.weekday]) if day else ""
