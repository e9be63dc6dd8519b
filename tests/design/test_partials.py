"""Partials say in their first line what they take, and take nothing else of the page around them."""

import re
from pathlib import Path

from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates"
#: Partials that need nothing of the page. Their names for things (url, title, label, tone, …) are those of many
#: pages, so that a page that happens to have one would change them unseen.
ALONE = (
    "archived_tabs", "avatar", "chips_input", "crumbs", "edit_link", "empty", "error", "field_bare", "list_search",
    "notice", "pill", "stat", "status_pill",
)  # fmt: skip


def test_partials_with_words_of_every_page_are_included_alone() -> None:
    found = 0
    for file in TEMPLATES.rglob("*.html"):
        for include in re.findall(r'{% include "partials/(?:' + "|".join(ALONE) + r')\.html".*?%}', file.read_text()):
            found += 1
            assert include.endswith(" only %}"), f"{file.relative_to(TEMPLATES)}: {include}"
    assert found > 150
