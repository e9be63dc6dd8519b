"""Names of models and fields in the admin.

Set at run time: on the models, each change of wording would need a migration.
"""

from typing import Any

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

#: Fields with the same meaning in every model.
_COLUMNS: dict[str, Promise] = {
    "user": _("person"),
    "organization": _("organization"),
    "project": _("project"),
    "sector": _("sector"),
    "queue": _("queue"),
    "tag": _("tag"),
    "agent": _("agent"),
    "ticket": _("ticket"),
    "contact": _("contact"),
    "status": _("status"),
    "state": _("state"),
    "position": _("position"),
    "created_at": _("created"),
    "modified_at": _("last changed"),
    "archived_at": _("archived"),
    "expires_at": _("expires"),
    "revoked_at": _("revoked"),
    "last_used_at": _("last used"),
    "accepted_at": _("accepted"),
    "mailed_at": _("mailed"),
    "opened_at": _("opened"),
    "assigned_at": _("assigned"),
    "closed_at": pgettext_lazy("a ticket", "closed"),
    "started_at": _("began"),
    "ended_at": _("ended"),
    "ended": _("how it ended"),
    "attempts": _("attempts"),
    "next_attempt_at": _("next attempt"),
    "delivered_at": _("delivered"),
    "last_error": _("last error"),
    "found_at": _("found"),
    "merged_into": _("merged into"),
    "closed_by_flow": _("closed by flow"),
    "is_active": _("switched on"),
    "is_staff": _("operator"),
    "date_joined": _("joined"),
    "at": _("when"),
    "actor_name": _("who"),
    "address": _("address"),
    "target_name": _("what"),
    "action": _("action"),
    "kind": _("kind"),
    "number": _("number"),
    "slug": _("short name"),
    "email": _("e-mail address"),
    "source": _("opened by"),
    "hint": _("begins with"),
    "maker_name": _("made by"),
    "weekday": _("weekday"),
    "moment": _("moment"),
    "organization_role": _("role in the organization"),
    "project_role": _("role in the project"),
    "closed_by": _("closed by"),
    "flow_uuid": _("flow"),
    "ticket_uuid": _("ticket of the flow"),
    "transfer_count": _("transfers"),
    "first_response_at": _("first answer"),
    "created_on": _("sent"),
    "delivery": _("delivery"),
    "over_limit": _("over the limit"),
    "answered_at": _("answered"),
    "request_id": _("request"),
}


def name_models(names: dict[type[Model], tuple[Any, Any]]) -> None:
    """Set each model's singular and plural name, and the labels above for fields that have none."""
    for model, (one, many) in names.items():
        options: Any = model._meta
        options.verbose_name, options.verbose_name_plural = one, many
        for field in options.fields:
            if field.name in _COLUMNS and field.verbose_name == field.name.replace("_", " "):
                field.verbose_name = _COLUMNS[field.name]
