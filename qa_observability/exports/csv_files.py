"""CSV of a document: what it is, then its tables one after the other. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, BinaryIO

from qa_observability.exports.cells import clean, is_number, neutralise
from qa_observability.exports.documents import ROWS_MAX, Bounded, Column, Document, Kind, Table

# Without it, Excel takes the dashes of other alphabets for noise.
BOM = "\ufeff"


def csv_lines(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield the lines of a CSV file that Excel opens as UTF-8; the cells are texts that are neutralised already."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    mark = BOM
    for row in rows:
        writer.writerow(row)
        yield mark + buffer.getvalue()
        mark = ""
        buffer.seek(0)
        buffer.truncate()


def write_csv(document: Document, stream: BinaryIO) -> None:
    """Write a document row by row. Times are UTC, written as spreadsheets read them; rates carry a percent sign."""
    for line in csv_lines(_rows(document)):
        stream.write(line.encode())


def _rows(document: Document) -> Iterator[list[str]]:
    yield [_text(document.title)]
    for label, value in document.head:
        yield [_text(label), _text(value)]
    for table in document.tables:
        yield []
        yield from _table(table)
    for note in document.notes:
        yield []
        yield [_text(note)]


def _table(table: Table) -> Iterator[list[str]]:
    rows = Bounded(table.rows, ROWS_MAX)
    yield [_text(table.title)]
    yield [_text(column.label) for column in table.columns]
    count = 0
    for row in rows:
        count += 1
        yield [csv_text(value, column) for value, column in zip(row, table.columns, strict=True)]
    for remark in filter(None, (table.empty if not count else "", rows.remark, table.note)):
        yield [_text(remark)]


def csv_text(value: Any, column: Column) -> str:
    """Return a cell as CSV holds it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    if not is_number(value) or column.kind == Kind.TEXT:
        return _text(str(value))
    if column.kind == Kind.RATE:
        return f"{round(Decimal(value) * 100, 4).normalize():f}%"
    return f"{value:.{2 if column.kind == Kind.MONEY else column.places}f}"


def _text(text: str) -> str:
    return neutralise(clean(text))
