"""Audit log descriptions of the engine and of started conversations."""

from django.utils.translation import gettext_lazy as _

from orgs.audit import descriptions

from .models import NumberScheme, Starters

_STARTERS, _SCHEMES = dict(Starters.choices), dict(NumberScheme.choices)

descriptions.register_actions(
    "places",
    {
        "engine.connected": _("Connected the flow engine %(new_address)s"),
        "engine.updated": _("Changed the connection with the flow engine"),
        "engine.token_replaced": _("Replaced the token of the flow engine"),
        "engine.disconnected": _("Disconnected the flow engine %(old_address)s"),
        "conversations.started": _("Started conversations in %(name)s by the flow %(new_flow)s: %(new_count)s"),
    },
)

descriptions.FIELDS.add_all(
    {
        "address": (_("Address"), descriptions.plain),
        "starters": (_("Who may start conversations"), lambda value: str(_STARTERS.get(value, value))),
        "number_scheme": (_("Channel of new numbers"), lambda value: str(_SCHEMES.get(value, value))),
        "hourly_limit": (_("Conversations an hour"), descriptions.plain),
        "flow": (_("Flow"), descriptions.plain),
    }
)
