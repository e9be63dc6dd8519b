"""Audit log descriptions for queues and pause reasons."""

from django.utils.translation import gettext_lazy as _

from orgs.audit import descriptions

descriptions.GROUPS.add("queues", descriptions.Group(_("Queues"), "list-ordered"))

descriptions.register_actions(
    "queues",
    {
        "queue.created": _("Created the queue %(name)s in the sector %(new_sector)s"),
        "queue.changed": _("Changed the queue %(name)s: %(fields)s"),
        "queue.moved": _("Moved the queue %(name)s in the list"),
        "queues.ordered": _("Put the queues of the sector %(name)s in order"),
        "queue.archived": _("Archived the queue %(name)s"),
        "queue.restored": _("Restored the queue %(name)s"),
        "pause_reason.added": _("Added the reason for a pause %(name)s"),
        "pause_reason.changed": _("Changed the reason for a pause %(name)s: %(fields)s"),
        "pause_reason.archived": _("Archived the reason for a pause %(name)s"),
        "pause_reason.restored": _("Restored the reason for a pause %(name)s"),
    },
)

descriptions.FIELDS.add_all(
    {
        "agents": (_("Agents"), descriptions.names),
        "on_hold": (_("On hold"), descriptions.plain),
        "max_waiting": (_("Maximum number waiting"), descriptions.plain),
        "daily_minutes": (_("Minutes a day"), descriptions.plain),
    }
)
