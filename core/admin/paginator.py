"""Pagination of large admin lists."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

#: Rows beyond this are neither counted nor paged to: use filters and search.
MAX_COUNTED = 2_000


class BoundedPaginator(Paginator):
    """Counts at most ``MAX_COUNTED`` rows, so that the cost of a page does not grow with the table."""

    most = MAX_COUNTED

    @cached_property
    def count(self) -> int:
        """Return the number of rows, at most ``MAX_COUNTED``."""
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[:MAX_COUNTED].count())
