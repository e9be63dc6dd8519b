"""The tabs of a sector's pages."""

from typing import Any, NamedTuple

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

register = template.Library()


class Tab(NamedTuple):
    """A tab: its page, and whether that is the one open."""

    url: str
    label: str
    active: bool


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
    page = context["request"].resolver_match.view_name
    return {
        "label": _("Settings of %(name)s") % {"name": sector.name},
        "tabs": [
            Tab(reverse(name, args=[sector.project_id, sector.pk]), label, name == page) for name, label in tabs
        ],
    }
