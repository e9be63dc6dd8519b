"""What a sector lacks, on the pages about it."""

from typing import Any

from django import template

from sectors.readiness import lack_of

register = template.Library()


@register.inclusion_tag("sectors/_lack.html")
def not_ready(sector: Any) -> dict[str, Any]:
    """Say in red what keeps a sector from working, with the link that mends it; nothing where it can work.

    It comes as ``sectors.views.sectors.find`` returns it.
    """
    return {"lack": lack_of(sector)}
