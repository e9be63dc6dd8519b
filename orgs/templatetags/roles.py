"""Rights of roles in templates."""

from django import template

from orgs.access.roles import ProjectRights, in_project

register = template.Library()


@register.filter
def project_rights(role: str) -> ProjectRights:
    return in_project(role)
