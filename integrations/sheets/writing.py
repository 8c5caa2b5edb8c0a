"""Spreadsheets to download: every text that a program would take for a formula is made a plain text."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any, BinaryIO

from integrations.rates import as_percent
from integrations.sheets.columns import Column
from integrations.sheets.reading import read_rows
from qa_observability.exports import csv_files
from qa_observability.exports.cells import clean, neutralise
from qa_observability.exports.workbook import Cell, Sheet, Style, write_workbook

_WIDTH = 22


class Rate(Decimal):
    """A ratio in 0..1 that a spreadsheet shows as percent."""


def csv_lines(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield the lines of a CSV file that Excel opens as UTF-8."""
    return csv_files.csv_lines(chain([headings], ([_csv_cell(value) for value in row] for row in rows)))


def _csv_cell(value: Any) -> str:
    if isinstance(value, Rate):
        return as_percent(value)
    return neutralise("" if value is None else clean(str(value)))


def write_xlsx(stream: BinaryIO, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write an XLSX file row by row; rates are numbers shown as percent, whole numbers are numbers, the rest is text.

    Texts carry the same guard as in CSV, for whoever saves the sheet as CSV and imports that.
    """
    head = [Cell(heading, Style.HEAD) for heading in headings]
    cells = chain([head], ([_xlsx_cell(value) for value in row] for row in rows))
    write_workbook(stream, [Sheet("Rows", [_WIDTH] * len(headings), cells)])


def _xlsx_cell(value: Any) -> Cell:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return Cell(value)
    if isinstance(value, Rate):
        return Cell(value, Style.PERCENT)
    return Cell(neutralise(clean(str(value))))


def as_csv(content: bytes, columns: Sequence[Column]) -> bytes:
    """Return the rows of a CSV or XLSX file as CSV, each in the line of its number.

    Raises
    ------
    SheetError : the file cannot be read.
    """
    names = [column.name for column in columns]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(names)
    written = 1
    for number, row in read_rows(io.BytesIO(content), columns):
        buffer.write("\n" * (number - written - 1))
        writer.writerow([neutralise(row.get(name, "")) for name in names])
        written = number
    return buffer.getvalue().encode()


def template_rows(columns: Sequence[Column]) -> list[list[str]]:
    """Return two example rows for the template."""
    return [[column.examples[index] for column in columns] for index in range(2)]
