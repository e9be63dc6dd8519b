"""Admin page of active messages (docs/admin.md): read-only."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.admin import ChosenFilter, ReadOnlyAdmin, name_models
from orgs.models import Project, User
from sectors.models import Sector

from .models import Start

name_models({Start: (_("active message"), _("active messages"))})


@admin.register(Start)
class StartAdmin(ReadOnlyAdmin):
    """Read-only: conversations are started at the desk."""

    list_display = ("created_at", "project", "sector", "by", "flow_name", "state", "refusal", "attempts")
    list_select_related = ("project", "sector", "by")
    list_filter = (
        "state",
        ChosenFilter.of("project", Project, _("project")),
        ChosenFilter.of("sector", Sector, _("sector")),
        ChosenFilter.of("by", User, _("started by")),
    )
