"""The tabs of a sector's pages."""

from typing import Any, Literal, NamedTuple

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

register = template.Library()


#: The pages below each tab, those that answer a refused form included.
BELOW: dict[str, tuple[str, ...]] = {
    "sectors:detail": ("sectors:limits", "sectors:archive", "setup:sector_copy"),
    "sectors:hours": ("sectors:days", "sectors:days_file", "sectors:day"),
    "queues:list": ("queues:new", "queues:detail", "queues:archive"),
    "tags:list": ("tags:import", "tags:detail", "tags:merge"),
    "sectors:sector_quick": ("sectors:sector_quick_message", "sectors:sector_quick_import"),
}


class Tab(NamedTuple):
    """A tab, and the value of its ``aria-current``: it is open, or a page below it is."""

    url: str
    label: str
    current: Literal["page", "true", ""]


def _current(tab: str, page: str) -> Literal["page", "true", ""]:
    if tab == page:
        return "page"
    return "true" if page in BELOW.get(tab, ()) else ""


@register.inclusion_tag("sectors/_tabs.html", takes_context=True)
def sector_tabs(context: dict[str, Any], sector: Any) -> dict[str, Any]:
    """Render the tabs of a sector, the same on each of its pages."""
    tabs = (
        ("sectors:detail", pgettext("settings", "General")),
        ("sectors:hours", _("Work hours")),
        ("queues:list", _("Queues")),
        ("tags:list", _("Tags")),
        ("sectors:sector_quick", _("Quick messages")),
        ("sectors:automatic", _("Automatic messages")),
        ("tickets:attending", _("Service rules")),
    )
    page, keys = context["request"].resolver_match.view_name, [sector.project_id, sector.pk]
    return {
        "label": _("Settings of %(name)s") % {"name": sector.name},
        "tabs": [Tab(reverse(name, args=keys), label, _current(name, page)) for name, label in tabs],
    }
