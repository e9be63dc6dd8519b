"""The tag ``{% lucide %}`` of the library, with what it drew kept: a page has dozens of icons, from a zip of XML."""

from functools import lru_cache

from django import template
from lucide.templatetags.lucide import lucide as draw

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=1024)
def lucide(name: str, *, size: int | None = 24, **attributes: object) -> str:
    """Return an icon as inline SVG."""
    return draw(name, size=size, **attributes)
