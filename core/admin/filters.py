"""List filters whose number of choices does not grow with the data."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.http import parse_uuid


class ArchivedFilter(admin.SimpleListFilter):
    """In use or archived."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("live", _("In use")), ("archived", _("Archived"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() in {"live", "archived"}:
            return queryset.filter(archived_at__isnull=self.value() == "live")
        return queryset


class ChosenFilter(admin.ListFilter):
    """Filter by one object, set by a link: shows its name and can be cleared, but does not list the alternatives.
    Create one with ``of``, from the field that points to the object."""

    field: ClassVar[str]
    model: ClassVar[type[Model]]

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.pk = None
        if self.field in params:
            value = params.pop(self.field)
            self.pk = parse_uuid(value[-1] if isinstance(value, list) else value)

    @classmethod
    def of(cls, field: str, model: type[Model], title: Any) -> type["ChosenFilter"]:
        """Return the filter for ``?<field>=<key>``."""
        return type("Chosen", (cls,), {"field": field, "model": model, "title": title})

    def has_output(self) -> bool:
        return self.pk is not None

    def expected_parameters(self) -> list[str | None]:
        return [self.field]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset if self.pk is None else queryset.filter(**{self.field: self.pk})

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        chosen = self.model._default_manager.filter(pk=self.pk).first()
        yield {
            "selected": False,
            "query_string": changelist.get_query_string(remove=[self.field]),
            "display": _("All"),
        }
        yield {
            "selected": True,
            "query_string": changelist.get_query_string({self.field: self.pk}),
            "display": str(chosen or self.pk),
        }
