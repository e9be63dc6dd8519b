"""Audit log descriptions of contacts, service rules and callbacks, which this app owns."""

from django.utils.translation import gettext_lazy as _

from orgs.audit import descriptions

descriptions.GROUPS.add("contacts", descriptions.Group(_("Contacts"), "contact-round"))

descriptions.register_actions(
    "contacts",
    {
        "contact.merged": _("Merged the contact %(name)s with %(new_contact)s"),
        "contact.renamed": _("Changed the name of the contact %(old_name)s to %(new_name)s"),
        "contact.erased": _("Erased a contact"),
        "contact.told_apart": _("Separated the contact %(name)s from %(old_contact)s"),
    },
)
descriptions.register_actions(
    "places",
    {
        "callbacks.paused": _("Paused the callbacks to %(new_host)s"),
        "callbacks.resumed": _("Let callbacks to %(old_host)s be sent again"),
        "callbacks.secret_rotated": _("Made a new secret for the signatures of callbacks"),
        "callbacks.sent_again": _("Sent %(new_count)s failed callbacks again"),
    },
)

descriptions.FIELDS.add_all(
    {
        "contact": (_("Contact"), descriptions.plain),
        "host": (_("Host"), descriptions.plain),
        "count": (_("Number"), descriptions.plain),
        "from": (_("From"), descriptions.plain),
        "to": (_("To"), descriptions.plain),
        "give_back_after": (_("Minutes until an unanswered ticket goes back"), descriptions.plain),
        "move_on_after": (_("Minutes offline until a ticket whose contact waits moves on"), descriptions.plain),
        "warn_after": (_("Minutes of silence until the contact is warned"), descriptions.plain),
        "warn_text": (_("Text of the warning"), descriptions.plain),
        "close_after": (_("Minutes of silence until the ticket is closed"), descriptions.plain),
        "close_tag": (_("Tag for silent contacts"), descriptions.plain),
        "waiting_target": (_("Waiting target in minutes"), descriptions.plain),
        "agents_read_earlier": (_("Agents read earlier tickets of their contacts"), descriptions.plain),
        "retag_for": (_("Minutes after closing in which tags may be changed"), descriptions.plain),
    }
)
