"""The history of the revenue configuration as it is exported."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from qa_observability.exports.documents import Column, Document, Kind, Table
from revenue.models import RevenueConfigRevision

_HISTORY = (
    Column("Revision", Kind.NUMBER),
    Column("In force", width=9),
    Column("Saved", Kind.TIME),
    Column("By", width=18),
    Column("Why", width=48),
)


def history_document(*, now: datetime) -> Document:
    """Return who saved which revision when and why, the newest first; the figures themselves are not in it."""
    table = Table(
        "history", "History", _HISTORY, _revisions(), "Nothing has been saved yet: the defaults are in force."
    )
    return Document(name="revenue-configuration", title="Revenue configuration", tables=(table,), generated_at=now)


def _revisions() -> Iterator[tuple[Any, ...]]:
    rows = RevenueConfigRevision.objects.select_related("author").defer("document").order_by("-number")
    for place, row in enumerate(rows.iterator()):
        author = row.author.get_username() if row.author else None
        yield row.number, "No" if place else "Yes", row.created_at, author, row.comment
