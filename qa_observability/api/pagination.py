"""Pages of lists: by number for short ones, by position (cursor) for those that grow while they are read."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param, replace_query_param


def paginate_by_number(request: Request, rows: Sequence[Any], *, page: int, page_size: int) -> dict[str, Any]:
    """Return `{results, next, previous}` of one page of a list that is at hand.

    Raises
    ------
    ValidationError : for a page beyond the last one.
    """
    last = max(1, -(-len(rows) // page_size))
    if page > last:
        raise ValidationError({"page": [f"There are {last} pages."]})
    url = request.build_absolute_uri()
    return {
        "results": rows[(page - 1) * page_size : page * page_size],
        "next": replace_query_param(url, "page", page + 1) if page < last else None,
        "previous": None
        if page == 1
        else remove_query_param(url, "page")
        if page == 2
        else replace_query_param(url, "page", page - 1),
    }


class NewestFirstPagination(CursorPagination):
    """Pages of rows by a time, newest first, that stay put while new rows arrive.

    Ties, such as a burst of events in one second, are told apart by an offset that is bounded only so that it fits
    the database's integers.
    """

    offset_cutoff = 10_000_000

    def __init__(self, *, time_field: str, page_size: int) -> None:
        self.ordering = (f"-{time_field}", "-id")
        self.page_size = page_size

    def get_page_size(self, request: Request) -> int:
        return self.page_size or 100

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        return tuple(self.ordering)

    def decode_cursor(self, request: Request) -> Any:
        try:
            cursor = super().decode_cursor(request)
            if cursor is not None and cursor.position is not None and parse_datetime(str(cursor.position)) is None:
                raise ValueError
        except (NotFound, ValueError, UnicodeError, DjangoValidationError):
            raise ValidationError({"cursor": ["Not a cursor of this list."]}) from None
        return cursor

    def read_page(self, queryset: "QuerySet[Any]", request: Request) -> dict[str, Any]:
        """Return `{results, next, previous}` of the page that the request's cursor names."""
        rows = self.paginate_queryset(queryset, request)
        return {"results": rows, "next": self.get_next_link(), "previous": self.get_previous_link()}
