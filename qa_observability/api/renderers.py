"""The rows of a list as CSV."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer

from qa_observability.exports.cells import csv_cell


class CsvRenderer(BaseRenderer):
    """The list inside a list answer, one row an item, with the field names as header; else the answer as one row."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        view = renderer_context["view"]
        is_list = isinstance(data, Mapping) and getattr(view, "list_key", None) in data
        rows = data[view.list_key] if is_list else [data]
        if is_list:
            self._link_pages(data, renderer_context["response"])
        out = io.StringIO()
        columns = view.csv_columns() if is_list and hasattr(view, "csv_columns") else list(rows[0]) if rows else []
        writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows({column: csv_cell(row.get(column)) for column in columns} for row in rows)
        return out.getvalue().encode()

    @staticmethod
    def _link_pages(data: Mapping[str, Any], response: Any) -> None:
        """Say in the `Link` header where the other pages are, for a table has no place for it."""
        links = [f'<{data[rel]}>; rel="{rel}"' for rel in ("next", "previous") if data.get(rel)]
        if links:
            response["Link"] = ", ".join(links)
