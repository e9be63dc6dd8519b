"""``ModelAdmin`` base classes: nothing is deleted, and all writes go through operations."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.http import VERSION, add_refusal
from core.text import holds_words

from .changelist import BoundedChangeList
from .forms import OperationForm, RowForm, RowFormSet
from .paginator import BoundedPaginator


class ReadOnlyAdmin(admin.ModelAdmin):
    """A read-only list and detail page; actions call operations."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    actions_on_bottom = False
    # Ids are time-ordered: newest first, by index.
    ordering = ("-pk",)
    show_facets = admin.ShowFacets.NEVER

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BoundedChangeList]:
        """Return the list whose links to periods cost the same however many rows there are."""
        return BoundedChangeList

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: rows are archived, revoked or removed by operations."""
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether the operator may run the list's actions."""
        codename = get_permission_codename("change", self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")

    def is_open(self, obj: Any) -> bool:
        """Whether the row's parents are in use: nothing changes inside an archived object."""
        return True

    def check_open(self, obj: Any) -> None:
        """Raise DomainError archived if the row belongs to an archived object."""
        if not self.is_open(obj):
            raise DomainError(
                _("What this belongs to is archived, so it can't be changed. Restore that first."), code="archived"
            )

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Search as the pages do, guarded against arbitrary input from autocomplete."""
        return self.search(queryset, search_term.replace("\x00", ""), request)

    def search(self, queryset: QuerySet, term: str, request: HttpRequest) -> tuple[QuerySet, bool]:
        """Return the rows with every word of the text in one of ``search_fields``, and whether there may be
        duplicates: none, since no such field is one of many."""
        fields = self.get_search_fields(request)
        return (queryset.filter(holds_words(term, *fields)) if fields else queryset), False


class OperationAdmin(ReadOnlyAdmin):
    """Adds and changes rows through operations: ``create`` and ``update`` call them.

    A domain error becomes a form error on the field it names.
    """

    form = OperationForm

    def create(self, request: HttpRequest, form: Any, rows: dict[type[Model], Any]) -> Model:
        """Add a row from the form by an operation; ``rows`` holds the formsets by model."""
        raise NotImplementedError

    def update(self, request: HttpRequest, obj: Any, form: Any, rows: dict[type[Model], Any]) -> None:
        """Change the row from the form by an operation."""
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest) -> bool:
        """As Django, if there is an operation."""
        return admin.ModelAdmin.has_add_permission(self, request) and self._adds

    @property
    def _adds(self) -> bool:
        return type(self).create is not OperationAdmin.create

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As Django, for rows in use."""
        allowed = admin.ModelAdmin.has_change_permission(self, request, obj)
        return allowed and (obj is None or (self.is_open(obj) and getattr(obj, "archived_at", None) is None))

    def shown_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields of the add form, or of the change form."""
        return self.fields

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return ``shown_fields`` plus the version that was read."""
        fields = list(self.shown_fields(request, obj))
        if obj is not None and hasattr(obj, "modified_at") and self.has_change_permission(request, obj):
            fields.append(VERSION)
        return fields

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """As Django; after a domain error the changes are rolled back and the form is shown again with the error."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:
            request.refusal = error  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    # For the system check that every view states its rule: the admin site admits operators only.
    changeform_view.access_rule = "operator"  # type: ignore[attr-defined]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """As Django; after a domain error the form shows it."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        refusal: Any = getattr(request, "refusal", None)
        if refusal is None:
            return form

        class Refused(form):
            def _post_clean(self) -> None:
                super()._post_clean()
                add_refusal(self, refusal)

        return Refused

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Do nothing yet: ``save_related`` calls the operation once the inlines are known."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Pass the form and its inlines to the operation."""
        for formset in formsets:
            # Collects the changes for the object's history.
            formset.save(commit=False)
        rows = {formset.model: formset for formset in formsets}
        with transaction.atomic():
            if change:
                self.update(request, form.instance, form, rows)
            else:
                form.instance.pk = self.create(request, form, rows).pk


class OperationInline(admin.TabularInline):
    """Rows that are passed to the operation of their parent."""

    form = RowForm
    formset = RowFormSet
    extra = 0

    def _may(self, request: HttpRequest, obj: Any) -> bool:
        return self.admin_site.get_model_admin(self.parent_model).has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any) -> bool:  # type: ignore[override]
        return self._may(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)


class LimitedInline(admin.TabularInline):
    """A read-only inline that shows the first ``most`` rows, ordered by ``first``."""

    most = 100
    first: tuple[Any, ...] = ("-pk",)
    select_related: tuple[str, ...] = ()
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        if self.select_related:
            rows = rows.select_related(*self.select_related)
        match = request.resolver_match
        parent = match.kwargs.get("object_id") if match else None
        if parent is None:
            return rows.none()
        name = self.fk_name or next(
            field.name for field in self.opts.fields if field.related_model is self.parent_model
        )
        shown = self.model._default_manager.filter(**{name: parent}).order_by(*self.first)[: self.most]
        return rows.filter(pk__in=shown.values("pk")).order_by(*self.first)

    def has_add_permission(self, request: HttpRequest, obj: Any) -> bool:  # type: ignore[override]
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
