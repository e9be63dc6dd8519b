"""Column limits in templates."""

from django import template
from django.apps import apps

from core import validation

register = template.Library()


@register.simple_tag
def max_length(model: str, column: str) -> str:
    """Return the ``max_length`` of a column, given a model such as ``orgs.Project``."""
    return str(validation.max_length(apps.get_model(model), column))
