"""Admin pages of active messages (docs/admin.md): read-only. The token is shown nowhere."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.admin import ChosenFilter, ReadOnlyAdmin, name_models
from orgs.models import Project, User
from sectors.models import Sector

from .models import FlowEngine, Start

name_models({FlowEngine: (_("flow engine"), _("flow engines")), Start: (_("start"), _("starts"))})


@admin.register(FlowEngine)
class FlowEngineAdmin(ReadOnlyAdmin):
    """Read-only: a project's administrators connect its engine, which is asked then."""

    list_display = ("project", "address", "starters", "hourly_limit", "checked_at")
    list_select_related = ("project",)
    list_filter = (ChosenFilter.of("project", Project, _("project")),)
    exclude = ("token",)


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
