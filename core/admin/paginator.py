"""Pages of lists that may have a million rows."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

#: Rows are counted, and can be paged to, up to here; beyond it filters and the search lead on.
MAX_COUNTED = 2_000


class BoundedPaginator(Paginator):
    """Counts at most ``MAX_COUNTED`` rows, so that a page costs the same however many there are."""

    most = MAX_COUNTED

    @cached_property
    def count(self) -> int:
        """How many rows there are, or ``MAX_COUNTED`` where there are more."""
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[:MAX_COUNTED].count())
