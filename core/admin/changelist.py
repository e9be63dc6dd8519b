"""The admin list with links to periods that don't depend on the number of rows."""

from calendar import monthrange
from datetime import date
from itertools import takewhile
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _


class BoundedChangeList(ChangeList):
    """Offers the years, months or days from the first row to today.

    Django's own date hierarchy reads every row to leave out periods without any.
    """

    @cached_property
    def periods(self) -> dict[str, Any]:
        """Return the context of ``admin/date_hierarchy.html``; empty without a date hierarchy or rows."""
        first, today = self._first, timezone.localdate()
        if first is None:
            return {}
        chosen = [int(self.params[name]) for name in takewhile(self.params.__contains__, self._lookups)]
        back = self._back(chosen)
        if not chosen and first.year == today.year:
            # There is one year, and perhaps one month, to choose from: begin inside it.
            chosen = [first.year, first.month] if first.month == today.month else [first.year]
        return {"show": True, "back": back, "choices": self._choices(chosen, first, today)}

    @property
    def _lookups(self) -> list[str]:
        return [f"{self.date_hierarchy}__{unit}" for unit in ("year", "month", "day")]

    @property
    def _first(self) -> date | None:
        """Return the day of the first row by id, since ids are ordered by time and indexed."""
        if not self.date_hierarchy:
            return None
        at = self.root_queryset.order_by("pk").values_list(self.date_hierarchy, flat=True).first()
        return timezone.localtime(at).date() if at else None

    def _choices(self, chosen: list[int], first: date, today: date) -> list[dict[str, str]]:
        if len(chosen) == 3:
            return [{"title": self._title(chosen)}]
        if not chosen:
            values = range(first.year, today.year + 1)
        elif len(chosen) == 1:
            values = range(1, 13)
        else:
            values = range(1, monthrange(*chosen)[1] + 1)
        shown = [[*chosen, value] for value in values]
        between = [[*first.timetuple()[: len(chosen) + 1]], [*today.timetuple()[: len(chosen) + 1]]]
        return [
            {"title": self._title(one), "link": self._link(one)} for one in shown if between[0] <= one <= between[1]
        ]

    def _back(self, chosen: list[int]) -> dict[str, str] | None:
        if not chosen:
            return None
        outer = chosen[:-1]
        return {"title": self._title(outer) if outer else _("All dates"), "link": self._link(outer)}

    def _link(self, period: list[int]) -> str:
        values = dict(zip(self._lookups, period, strict=False))
        return self.get_query_string(values, [f"{self.date_hierarchy}__"])

    @staticmethod
    def _title(period: list[int]) -> str:
        if len(period) == 1:
            return str(period[0])
        shape = "YEAR_MONTH_FORMAT" if len(period) == 2 else "MONTH_DAY_FORMAT"
        return capfirst(date_format(date(*period, *[1] * (3 - len(period))), shape))
