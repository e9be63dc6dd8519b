"""The library's ``{% lucide %}`` tag with its output cached: a page has dozens of icons, each read from a zip of
XML."""

from functools import lru_cache

from django import template
from lucide.templatetags.lucide import lucide as draw

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=1024)
def lucide(name: str, *, size: int | None = 24, **attributes: object) -> str:
    return draw(name, size=size, **attributes)
