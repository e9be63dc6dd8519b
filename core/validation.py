"""Names as people type them."""

import unicodedata

from django.utils.translation import gettext_lazy as _

from core.errors import Invalid


def clean_name(name: object, *, field: str = "name", limit: int = 80) -> str:
    """Return the name without outer and repeated blanks and control characters.

    Raises Invalid where nothing is left, where it is longer than ``limit`` characters, or is not text.
    """
    if not isinstance(name, str):
        raise Invalid(_("Enter a name as text."), field=field)
    if len(name) > 20 * limit:
        raise Invalid(_("Use at most %(limit)d characters.") % {"limit": limit}, field=field)
    visible = "".join(
        c if not unicodedata.category(c).startswith("C") else " " for c in unicodedata.normalize("NFC", name)
    )
    cleaned = " ".join(visible.split())
    if not cleaned:
        raise Invalid(_("Enter a name."), code="name_required", field=field)
    if len(cleaned) > limit:
        raise Invalid(_("Use at most %(limit)d characters.") % {"limit": limit}, field=field)
    return cleaned
