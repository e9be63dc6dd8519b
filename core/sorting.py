"""Lists ordered by the columns that their readers choose: one parameter, ``order``, the links in the headers, and the
keyset of each order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from .errors import Invalid
from .pagination import Keyset

State = Literal["ascending", "descending", ""]


@dataclass(frozen=True)
class Header:
    """The header of a column (``partials/sort_header.html``): the address that orders by it, or the other way round.

    ``state``: for ``aria-sort``, empty if the list isn't ordered by it; ``is_time``: whether its ends are the newest
    and the oldest; ``falls_first``: whether it begins with the greatest.
    """

    url: str
    state: State
    is_time: bool = False
    falls_first: bool = False

    @property
    def title(self) -> str | Promise:
        """What the link does."""
        falls = self.state == "ascending" or (not self.state and self.falls_first)
        if self.is_time:
            return _("Newest first") if falls else _("Oldest first")
        return _("Descending order") if falls else _("Ascending order")


class Sorting:
    """The columns that a list can be ordered by, each both ways.

    ``columns``: by name, the keyset of the ascending order; each needs an index, or rows that are few. ``usual``: the
    order without a parameter; as in an address, the name of a column, with a minus if it descends. ``times``: the
    columns of times, ``falling``: those that begin with the greatest when they are chosen.
    """

    def __init__(
        self, usual: str, *, times: Iterable[str] = (), falling: Iterable[str] = (), **columns: Keyset
    ) -> None:
        self.usual = usual
        self.times, self.falling = frozenset(times), frozenset(falling)
        self.keysets = {**columns, **{f"-{name}": keyset.reversed() for name, keyset in columns.items()}}
        self.columns = tuple(columns)

    def read(self, query: Mapping[str, str]) -> "Order":
        """Return the order that a query string asks for. Raises Invalid for one that isn't offered."""
        chosen = query.get("order", "") or self.usual
        if chosen not in self.keysets:
            raise Invalid(_("The list can’t be put in this order. Choose one of its columns."), field="order")
        return Order(self, chosen)


@dataclass(frozen=True)
class Order:
    """One of a list's orders. ``kept``: what stands in addresses of the list in this order."""

    sorting: Sorting
    value: str

    @property
    def keyset(self) -> Keyset:
        return self.sorting.keysets[self.value]

    @property
    def kept(self) -> dict[str, str]:
        return {} if self.value == self.sorting.usual else {"order": self.value}

    def headers(self, kept: Mapping[str, str]) -> dict[str, Header]:
        """Return the headers by column. ``kept``: the filters, for the links; each leads to a first page."""
        return {name: self._header(name, kept) for name in self.sorting.columns}

    def _header(self, name: str, kept: Mapping[str, str]) -> Header:
        falls_first = name in self.sorting.falling
        state: State = (
            "ascending" if self.value == name else "descending" if self.value.removeprefix("-") == name else ""
        )
        falls = state == "ascending" or (not state and falls_first)
        next_order = Order(self.sorting, f"-{name}" if falls else name)
        return Header("?" + urlencode({**kept, **next_order.kept}), state, name in self.sorting.times, falls_first)
