"""Pages of lists by key: the same cost wherever one is, nothing twice and nothing left out."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView


class KeyPages(CursorPagination):
    """``{next, previous, results}``; ``next`` and ``previous`` are addresses to follow."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 100

    def decode_cursor(self, request: Request) -> Any:
        """Return the place to go on from; one that no page gave is a bad request."""
        try:
            return super().decode_cursor(request)
        except NotFound as error:
            raise ValidationError({"cursor": [str(error.detail)]}) from error


def page(
    view: APIView,
    rows: QuerySet,
    kind: type[Serializer],
    order: tuple[str, ...],
    *,
    prepare: Callable[[list[Any]], None] | None = None,
) -> Response:
    """Return one page of rows in an order whose last field is unique; ``prepare`` may add to the page's rows what
    one query finds for all of them."""
    pages = KeyPages()
    pages.ordering = order
    found = pages.paginate_queryset(rows, view.request, view=view) or []
    if prepare is not None:
        prepare(found)
    return pages.get_paginated_response(kind(found, many=True).data)
