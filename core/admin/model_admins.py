"""Stock ``ModelAdmin`` with the house's rules: nothing is deleted, and what is written goes through operations."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.http import VERSION, add_refusal

from .forms import OperationForm, RowForm, RowFormSet
from .paginator import BoundedPaginator


class ReadOnlyAdmin(admin.ModelAdmin):
    """A list and its rows, to look at and to act on: each action calls an operation."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    actions_on_bottom = False
    # Keys are made in the order of time: newest first, whatever the number of rows.
    ordering = ("-pk",)
    show_facets = admin.ShowFacets.NEVER

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds one here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes one here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes anything: what is to end is archived, revoked or removed by an operation."""
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether the operator may act on the rows of the list."""
        codename = get_permission_codename("change", self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")

    def is_open(self, obj: Any) -> bool:
        """Whether what the row belongs to is in use: nothing changes in what is archived."""
        return True

    def check_open(self, obj: Any) -> None:
        """Raise DomainError archived for a row of something that is archived."""
        if not self.is_open(obj):
            raise DomainError(
                _("What this belongs to is archived, so it can't be changed. Restore that first."), code="archived"
            )

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """As the original; the autocompletion hands on whatever it is sent."""
        return self.search(queryset, search_term.replace("\x00", ""), request)

    def search(self, queryset: QuerySet, term: str, request: HttpRequest) -> tuple[QuerySet, bool]:
        """Return the rows found, and whether some may come twice."""
        return super().get_search_results(request, queryset, term)


class OperationAdmin(ReadOnlyAdmin):
    """A row that is added and changed by operations: ``create`` and ``update`` call them.

    What an operation refuses becomes an error of the form, at the field it names.
    """

    form = OperationForm

    def create(self, request: HttpRequest, form: Any, rows: dict[type[Model], Any]) -> Model:
        """Add what the form says, by an operation; ``rows`` are the formsets by their model."""
        raise NotImplementedError

    def update(self, request: HttpRequest, obj: Any, form: Any, rows: dict[type[Model], Any]) -> None:
        """Change the row as the form says, by an operation."""
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever has Django's permission, where there is an operation."""
        return admin.ModelAdmin.has_add_permission(self, request) and self._adds

    @property
    def _adds(self) -> bool:
        return type(self).create is not OperationAdmin.create

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever has Django's permission, of a row that is in use."""
        allowed = admin.ModelAdmin.has_change_permission(self, request, obj)
        return allowed and (obj is None or (self.is_open(obj) and getattr(obj, "archived_at", None) is None))

    def shown_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields of a new row, or of one that is there."""
        return self.fields

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """As ``shown_fields``, with the version that was read."""
        fields = list(self.shown_fields(request, obj))
        if obj is not None and hasattr(obj, "modified_at") and self.has_change_permission(request, obj):
            fields.append(VERSION)
        return fields

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """As the original. What an operation refuses has been undone; the form is shown with the refusal."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:
            request.refusal = error  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    # For the check that every page states its rule: the site lets operators in, nobody else.
    changeform_view.access_rule = "operator"  # type: ignore[attr-defined]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """As the original; after a refusal the form says it."""
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
        """Wait for the rows that belong to it."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Hand the whole form to the operation."""
        for formset in formsets:
            # Notes what has changed, for the page's history.
            formset.save(commit=False)
        rows = {formset.model: formset for formset in formsets}
        with transaction.atomic():
            if change:
                self.update(request, form.instance, form, rows)
            else:
                form.instance.pk = self.create(request, form, rows).pk


class OperationInline(admin.TabularInline):
    """Rows that are handed to the operation of the row they belong to."""

    form = RowForm
    formset = RowFormSet
    extra = 0

    def _may(self, request: HttpRequest, obj: Any) -> bool:
        return self.admin_site.get_model_admin(self.parent_model).has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any) -> bool:  # type: ignore[override]
        """As for the row it belongs to."""
        return self._may(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As for the row it belongs to."""
        return self._may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As for the row it belongs to."""
        return self._may(request, obj)


class LimitedInline(admin.TabularInline):
    """Rows to look at: the first ``most`` by ``first``, however many there are."""

    most = 100
    first: tuple[Any, ...] = ("-pk",)
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Only so many of the row that is looked at."""
        rows = super().get_queryset(request)
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
        """Only to look at."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only to look at."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only to look at."""
        return False
