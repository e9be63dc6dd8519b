"""The guide in templates: its parts, and the link from each page to its chapter."""

from typing import Any, NamedTuple

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from guide.chapters import Chapter, Part, chapter_of, parts
from guide.help import target_of

register = template.Library()


class Help(NamedTuple):
    """A link to the guide."""

    url: str
    label: str


@register.simple_tag(takes_context=True)
def help_link(context: dict[str, Any]) -> Help:
    """Return the link to the chapter of the page that is open, else to the list of chapters."""
    found = getattr(context.get("request"), "resolver_match", None)
    slug, anchor = target_of(found.view_name if found else "")
    if not slug:
        return Help(reverse("guide:index"), _("Guide"))
    url = reverse("guide:chapter", args=[slug]) + (f"#{anchor}" if anchor else "")
    return Help(url, _("Guide: %(chapter)s") % {"chapter": chapter_of(slug).text.title})


@register.simple_tag
def guide_parts(member: Any = None) -> list[tuple[Part, list[Chapter]]]:
    """Return the parts with their chapters; of a reader who is a member of a project, the part for them first."""
    return parts(first=_part_for(member) if member else "")


def _part_for(member: Any) -> str:
    if member.may_create_sectors():
        return "setup"
    return "manager" if member.is_manager else "agent"
