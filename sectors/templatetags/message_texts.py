"""Texts with variables, as lists show them."""

from django import template

from sectors.message_variables import in_words

register = template.Library()
register.filter("in_words", in_words)
