"""Back-office pages of the sectors app (docs/admin.md)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from core.admin import (
    ArchivedFilter,
    ChosenFilter,
    LimitedInline,
    OperationAdmin,
    OperationForm,
    OperationInline,
    Shown,
    name_models,
    operation_action,
    rows_of,
)
from core.admin.forms import RowForm
from core.http import form_version
from orgs.access import Actor
from orgs.admin.places import ArchivableAdmin, in_use
from orgs.models import Project
from sectors import operations
from sectors.forms.week import ranges_of_text, text_of_ranges
from sectors.models import (
    AgentLimit,
    AutomaticMessage,
    QuickMessage,
    Sector,
    SectorManager,
    WorkException,
    WorkRange,
)
from sectors.operations import QuickText, SpecialDay

name_models(
    {
        Sector: (_("sector"), _("sectors")),
        SectorManager: (_("manager"), _("managers")),
        WorkRange: (_("range of work hours"), _("work hours")),
        WorkException: (_("special day"), _("special days")),
        AgentLimit: (_("limit of an agent"), _("limits of agents")),
        AutomaticMessage: (_("automatic message"), _("automatic messages")),
        QuickMessage: (_("quick message"), _("quick messages")),
    }
)

#: Maximum number of special days on a sector's page, latest first; the special days' own page lists all.
DAYS_SHOWN = 60


class PersonRowForm(RowForm):
    """An appointed person: selectable on a new row, read-only on an existing one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.fields["user"] = Shown(label=self.fields["user"].label, initial=self.instance.user)
            self.initial["user"] = self.instance.user


class HoursField(forms.CharField):
    """Work hours as people write them: ``08:00–12:00, 13:00–18:00``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}), **kwargs)

    def clean(self, value: Any) -> list[tuple[int, int]]:
        """Return the ranges in minutes after midnight."""
        try:
            return ranges_of_text(super().clean(value))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class RangeRowForm(RowForm):
    """One or more ranges of a weekday as text; each existing range has a row of its own."""

    weekday = forms.TypedChoiceField(label=_("weekday"), coerce=int, choices=list(WEEKDAYS.items()))
    hours = HoursField(label=_("hours"))

    class Meta:
        model = WorkRange
        fields = ("weekday",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["hours"] = text_of_ranges([(self.instance.opens, self.instance.closes)])


class DayRowForm(RowForm):
    """A special day."""

    hours = HoursField(label=_("hours"), required=False, help_text=_("Leave empty for closed."))

    class Meta:
        model = WorkException
        fields = ("date", "label", "yearly")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["hours"] = text_of_ranges([(int(a), int(b)) for a, b in self.instance.ranges])

    @property
    def value(self) -> SpecialDay:
        """Return the special day; call on a valid form only."""
        data = self.cleaned_data
        return SpecialDay(data["date"], data["label"], tuple(data["hours"]), data["yearly"])


class _ManagersInline(OperationInline):
    model = SectorManager
    form = PersonRowForm
    fields = ("user",)
    autocomplete_fields = ("user",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("user").order_by("user__email")


class _HoursInline(OperationInline):
    model = WorkRange
    form = RangeRowForm
    fields = ("weekday", "hours")


class _DaysInline(OperationInline):
    model = WorkException
    form = DayRowForm
    fields = ("date", "yearly", "label", "hours")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Show the latest days of the sector; saving keeps the days that aren't shown."""
        match = request.resolver_match
        sector = match.kwargs.get("object_id") if match else None
        latest = WorkException.objects.filter(sector=sector).order_by("-date", "pk")[:DAYS_SHOWN]
        return super().get_queryset(request).filter(pk__in=latest.values("pk")).order_by("-date", "pk")


class _LimitsInline(LimitedInline):
    model = AgentLimit
    fields = readonly_fields = ("user", "ticket_limit")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("user")


class _AutomaticInline(LimitedInline):
    model = AutomaticMessage
    fields = readonly_fields = ("moment", "text")


@admin.register(Sector)
class SectorAdmin(ArchivableAdmin):
    """Sectors. There is no add page: a new sector needs a queue and a tag, so the project's own pages create it."""

    list_display = ("name", "project", "organization", "ticket_limit", "always_open", "timezone", "archived_at")
    list_filter = (ArchivedFilter, "always_open", ChosenFilter.of("project", Project, _("project")))
    search_fields = ("name", "project__name", "project__organization__name")
    date_hierarchy = "created_at"
    fields = (
        "project",
        "name",
        "timezone",
        "ticket_limit",
        "active_messages",
        "always_open",
        "created_at",
        "archived_at",
    )
    readonly_fields = ("project", "created_at", "archived_at")
    inlines = (_ManagersInline, _HoursInline, _DaysInline, _LimitsInline, _AutomaticInline)
    archive_operation = staticmethod(operations.archive_sector)
    restore_operation = staticmethod(operations.restore_sector)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Join the project and organization, which decide whether the sector can be edited."""
        return super().get_queryset(request).select_related("project__organization")

    @admin.display(description=_("organization"), ordering="project__organization__name")
    def organization(self, obj: Sector) -> str:
        return str(obj.project.organization)

    def is_open(self, obj: Sector) -> bool:
        return in_use(obj.project)

    def update(self, request: HttpRequest, obj: Sector, form: Any, rows: Any) -> None:
        """Update the sector with its hours, managers and special days."""
        by, data = Actor.operator(request), form.cleaned_data
        week: list[list[tuple[int, int]]] = [[] for _day in range(7)]
        for row in rows_of(rows[WorkRange]):
            week[row.cleaned_data["weekday"]].extend(row.cleaned_data["hours"])
        operations.update_sector(
            obj,
            by=by,
            week=week,
            managers=list(dict.fromkeys(row.cleaned_data["user"] for row in rows_of(rows[SectorManager]))),
            expected_version=form_version(request),
            **{name: data[name] for name in ("name", "timezone", "ticket_limit", "active_messages", "always_open")},
        )
        self._update_days(obj, rows[WorkException], by)

    def _update_days(self, sector: Sector, formset: Any, by: Actor) -> None:
        for row in formset.deleted_forms:
            if not row.instance._state.adding:
                operations.remove_special_day(row.instance, by=by)
        new = []
        days: list[Any] = rows_of(formset)
        for row in days:
            if row.instance._state.adding:
                new.append(row.value)
            elif row.has_changed():
                operations.change_special_day(row.instance, row.value, by=by)
        if new:
            operations.add_special_days(sector, new, by=by)


class OfSectorAdmin(OperationAdmin):
    """Rows of a sector: one can't move to another sector, and it changes only while the sector is in use."""

    search_fields = ("name", "sector__name", "sector__project__name")
    date_hierarchy = "created_at"
    autocomplete_fields = ("sector",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Join what decides whether a row can be edited."""
        return super().get_queryset(request).select_related("sector__project__organization")

    @admin.display(description=_("project"), ordering="sector__project__name")
    def project(self, obj: Any) -> Project:
        return obj.sector.project

    def is_open(self, obj: Any) -> bool:
        """Whether the sector, its project and its organization are all live."""
        return obj.sector.archived_at is None and in_use(obj.sector.project)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("sector",) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only sectors in use."""
        live = Sector.objects.live().filter(project__archived_at=None, project__organization__archived_at=None)
        sectors = live.select_related("project__organization")
        return super().formfield_for_foreignkey(db_field, request, queryset=sectors, **kwargs)


class QuickMessageForm(OperationForm):
    """A quick message, with a large text field."""

    class Meta:
        widgets = {"text": forms.Textarea(attrs={"rows": 6})}


@admin.register(QuickMessage)
class QuickMessageAdmin(OfSectorAdmin):
    """Quick messages of sectors; personal ones are private and not listed."""

    form = QuickMessageForm
    list_display = ("shortcut", "sector", "project", "text")
    list_filter = (
        ChosenFilter.of("sector", Sector, _("sector")),
        ChosenFilter.of("project", Project, _("project")),
    )
    search_fields = ("shortcut", "text", "sector__name")
    fields = ("sector", "shortcut", "text")
    actions = ("remove",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).filter(sector__isnull=False).select_related("project")

    def create(self, request: HttpRequest, form: Any, rows: Any) -> QuickMessage:
        data = form.cleaned_data
        [made] = operations.add_quick_messages(
            data["sector"].project,
            [QuickText(data["shortcut"], data["text"])],
            by=Actor.operator(request),
            sector=data["sector"],
        )
        return made

    def update(self, request: HttpRequest, obj: QuickMessage, form: Any, rows: Any) -> None:
        to = QuickText(form.cleaned_data["shortcut"], form.cleaned_data["text"])
        operations.change_quick_message(obj, to, by=Actor.operator(request), expected_version=form_version(request))

    @operation_action(_("Remove"), confirm=lambda obj: [_("What was sent with it stays.")])
    def remove(self, request: HttpRequest, obj: QuickMessage) -> None:
        operations.remove_quick_message(obj, by=Actor.operator(request))
