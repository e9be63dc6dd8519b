"""Base classes for the operators' admin: stock Django admin that writes through operations and avoids full counts.

Knows no models: each app's ``admin`` module says what is shown and which operations write.
"""

from .actions import operation_action
from .filters import ArchivedFilter, ChosenFilter
from .forms import OperationForm, Shown, rows_of
from .labels import name_models
from .model_admins import LimitedInline, OperationAdmin, OperationInline, ReadOnlyAdmin
from .paginator import MAX_COUNTED, BoundedPaginator

__all__ = [
    "MAX_COUNTED",
    "ArchivedFilter",
    "BoundedPaginator",
    "ChosenFilter",
    "LimitedInline",
    "OperationAdmin",
    "OperationForm",
    "OperationInline",
    "ReadOnlyAdmin",
    "Shown",
    "name_models",
    "operation_action",
    "rows_of",
]
