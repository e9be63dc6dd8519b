"""Audit log descriptions for imported configurations."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orgs.audit import descriptions

descriptions.register_actions(
    "places",
    {
        "configuration.imported": _("Applied a configuration file to the project %(name)s"),
    },
)

descriptions.FIELDS.add_all(
    {
        "added": (pgettext_lazy("how many things", "Added"), descriptions.plain),
        "changed": (pgettext_lazy("how many things", "Changed"), descriptions.plain),
        "restored": (pgettext_lazy("how many things", "Restored"), descriptions.plain),
        "archived": (pgettext_lazy("how many things", "Archived"), descriptions.plain),
        "removed": (pgettext_lazy("how many things", "Removed"), descriptions.plain),
        "reordered": (pgettext_lazy("how many things", "Reordered"), descriptions.plain),
    }
)
