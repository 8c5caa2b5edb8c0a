"""Pages of lists: by number for short ones, by position (cursor) for those that grow while they are read."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from rest_framework.exceptions import ValidationError
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


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows: just before or just after the row of this time and id."""

    older: bool
    time: datetime
    pk: UUID

    def encode(self) -> str:
        text = f"{'o' if self.older else 'n'} {self.time.astimezone(UTC).isoformat()} {self.pk.hex}"
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """Return the cursor that `encode` wrote.

        Raises
        ------
        ValueError : for any other text.
        """
        encoded = text.encode("ascii")
        direction, moment, pk = urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4)).decode("ascii").split(" ")
        time = datetime.fromisoformat(moment)
        if direction not in {"o", "n"} or time.tzinfo != UTC:
            raise ValueError(f"{text!r} is not a cursor")
        return cls(older=direction == "o", time=time, pk=UUID(hex=pk))


class NewestFirstPagination:
    """Pages of rows by a time and, within one moment, by id: newest first.

    The cursor names a row, not a number of rows, so that pages stay put while new rows arrive, a burst of thousands in
    one second is paged through in both directions, and the last page costs what the first one does.
    """

    def __init__(self, *, time_field: str, page_size: int) -> None:
        self.time_field = time_field
        self.page_size = page_size

    def read_page(self, queryset: "QuerySet[Any]", request: Request) -> dict[str, Any]:
        """Return `{results, next, previous}` of the page that the request's cursor names.

        Raises
        ------
        ValidationError : where the cursor is none of this list's.
        """
        return self._page(queryset, request, self._cursor(request))

    def read_page_or_newest(self, queryset: "QuerySet[Any]", request: HttpRequest) -> dict[str, Any]:
        """Return the same for a page that people open: an old or mangled link starts at the newest row."""
        asked = Request(request)
        try:
            return self.read_page(queryset, asked)
        except ValidationError:
            return self._page(queryset, asked, None)

    def _page(self, queryset: "QuerySet[Any]", request: Request, cursor: Cursor | None) -> dict[str, Any]:
        if cursor is None or cursor.older:
            rows, more = self._read(queryset, cursor, older=True)
            has_newer, has_older = cursor is not None, more
        else:
            rows, more = self._read(queryset, cursor, older=False)
            rows.reverse()
            has_newer, has_older = more, True
        return {
            "results": rows,
            "next": self._link(request, rows[-1], older=True) if rows and has_older else None,
            "previous": self._link(request, rows[0], older=False) if rows and has_newer else None,
        }

    def _cursor(self, request: Request) -> Cursor | None:
        text = request.query_params.get("cursor")
        if text is None:
            return None
        try:
            return Cursor.decode(text)
        except ValueError:
            raise ValidationError({"cursor": ["Not a cursor of this list."]}) from None

    def _read(self, rows: "QuerySet[Any]", cursor: Cursor | None, *, older: bool) -> tuple[list[Any], bool]:
        """Return a page beside the cursor, the nearest row first, and whether there are rows beyond it."""
        if cursor:
            compare = "lt" if older else "gt"
            # The first condition follows from the second; it is the one that an index can use.
            rows = rows.filter(
                Q((f"{self.time_field}__{compare}e", cursor.time)),
                Q((f"{self.time_field}__{compare}", cursor.time)) | Q((f"pk__{compare}", cursor.pk)),
            )
        sign = "-" if older else ""
        found = list(rows.order_by(f"{sign}{self.time_field}", f"{sign}pk")[: self.page_size + 1])
        return found[: self.page_size], len(found) > self.page_size

    def _link(self, request: Request, row: Any, *, older: bool) -> str:
        cursor = Cursor(older=older, time=getattr(row, self.time_field), pk=row.pk)
        return replace_query_param(request.build_absolute_uri(), "cursor", cursor.encode())
