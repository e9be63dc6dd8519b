"""Texts with variables, as lists show them."""

from django import template

from sectors.message_variables import VARIABLES, fill

register = template.Library()


@register.filter
def in_words(text: str) -> str:
    """Return a text with the meaning of its variables in their place, such as ‹The contact's name›."""
    return fill(text, {variable.name: f"‹{variable.meaning}›" for variable in VARIABLES})
