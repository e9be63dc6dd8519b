"""Pagination of the API's lists: ``core.pagination`` behind DRF's interface."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from core.addresses import of_call
from core.errors import Invalid
from core.pagination import Key, Keyset


class KeyPages(CursorPagination):
    """``{next, previous, results}``; ``next`` and ``previous`` are URLs.

    Uses the parameters and cursor encoding of DRF's CursorPagination, but a cursor holds the whole key, so rows with
    equal timestamps need no offset.
    """

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 100

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return the rows of the requested page. Raises ValidationError for an invalid cursor."""
        self.base_url = of_call(request)
        self.keyset = Keyset(*self.get_ordering(request, queryset, view))
        cursor = self.decode_cursor(request)
        self.key = self._key(queryset, cursor)
        way = "before" if cursor and cursor.reverse else "after"
        self.found = self.keyset.page(queryset, self.get_page_size(request) or self.page_size, **{way: self.key})
        return self.found.rows

    def decode_cursor(self, request: Request) -> Any:
        """Return the cursor, or None; an invalid one raises ValidationError."""
        try:
            return super().decode_cursor(request)
        except NotFound as error:
            raise ValidationError({"cursor": [str(error.detail)]}) from error

    def get_next_link(self) -> str | None:
        return self._link(-1, reverse=False) if self.found.has_next else None

    def get_previous_link(self) -> str | None:
        return self._link(0, reverse=True) if self.found.has_previous else None

    def _key(self, queryset: Any, cursor: Cursor | None) -> Key | None:
        if cursor is None or cursor.position is None:
            return None
        try:
            return self.keyset.read(queryset.model, str(cursor.position))
        except Invalid as error:
            raise ValidationError({"cursor": [str(self.invalid_cursor_message)]}) from error

    def _link(self, end: int, *, reverse: bool) -> str | None:
        # After the last page, "previous" starts from the cursor of this request.
        key = self.keyset.key_of(self.found.rows[end]) if self.found.rows else self.key
        position: Any = None if key is None else self.keyset.write(key)
        return self.encode_cursor(Cursor(offset=0, reverse=reverse, position=position))


def page(
    view: APIView,
    rows: QuerySet,
    kind: type[Serializer],
    order: tuple[str, ...],
    *,
    prepare: Callable[[list[Any]], None] | None = None,
) -> Response:
    """Return one page of rows; the last field of ``order`` must be unique.

    ``prepare`` may attach to the page's rows what one query finds for all of them.
    """
    pages = KeyPages()
    pages.ordering = order
    found = pages.paginate_queryset(rows, view.request, view=view)
    if prepare is not None:
        prepare(found)
    return pages.get_paginated_response(kind(found, many=True).data)
