"""What a role gives, for templates."""

from django import template

from orgs.access.roles import ProjectRights, in_project

register = template.Library()


@register.filter
def project_rights(role: str) -> ProjectRights:
    """Return what a role in a project gives."""
    return in_project(role)
