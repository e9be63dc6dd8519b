"""Template tags for a sector's readiness."""

from typing import Any

from django import template

from sectors.readiness import lack_of

register = template.Library()


@register.inclusion_tag("sectors/_lack.html")
def not_ready(sector: Any) -> dict[str, Any]:
    """Render what keeps a sector from working, with the link that fixes it; nothing if it works.

    Takes a sector as ``sectors.views.sectors.find`` returns it.
    """
    return {"lack": lack_of(sector)}
