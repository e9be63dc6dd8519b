"""Audit log descriptions for tags."""

from django.utils.translation import gettext_lazy as _

from orgs.audit import descriptions

descriptions.GROUPS.add("tags", descriptions.Group(_("Tags"), "tag"))

descriptions.register_actions(
    "tags",
    {
        "tag.created": _("Created the tag %(name)s in the sector %(new_sector)s"),
        "tag.changed": _("Changed the tag %(name)s: %(fields)s"),
        "tag.merged": _("Merged the tag %(name)s into %(new_into)s"),
        "tag.moved": _("Moved the tag %(name)s in the list"),
        "tags.ordered": _("Put the tags of the sector %(name)s in order"),
        "tags.ordered_by_use": _("Put the tags of the sector %(name)s in the order of their use"),
        "tag.archived": _("Archived the tag %(name)s"),
        "tag.restored": _("Restored the tag %(name)s"),
    },
)

descriptions.FIELDS.add_all(
    {
        "description": (_("Description"), descriptions.plain),
        "color": (_("Colour"), descriptions.plain),
        "into": (_("Merged into"), descriptions.plain),
    }
)
