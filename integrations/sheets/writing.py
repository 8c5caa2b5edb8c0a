"""Spreadsheets to download: every text that a program would take for a formula is made a plain text."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from integrations.rates import as_percent
from integrations.sheets.columns import Column
from integrations.sheets.reading import FORMULA_STARTS, GUARD

BOM = "\ufeff"
CELL_MAX = 32_767


class Rate(Decimal):
    """A ratio in 0..1 that a spreadsheet shows as percent."""


def neutralise(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; reading it takes the guard off again.

    >>> neutralise("=1+1"), neutralise("fine")
    ("'=1+1", 'fine')
    """
    return f"{GUARD}{text}" if text.startswith(FORMULA_STARTS) else text


def csv_lines(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield the lines of a CSV file that Excel opens as UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)

    def line(cells: Sequence[Any]) -> str:
        writer.writerow(cells)
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text

    yield BOM + line(headings)
    for row in rows:
        yield line([_csv_cell(value) for value in row])


def _csv_cell(value: Any) -> str:
    if isinstance(value, Rate):
        return as_percent(value)
    return neutralise("" if value is None else str(value))


def write_xlsx(stream: BinaryIO, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write an XLSX file row by row; rates are numbers shown as percent."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Rows")
    sheet.freeze_panes = "A2"
    for index in range(len(headings)):
        sheet.column_dimensions[chr(ord("A") + index)].width = 22
    sheet.append([_bold(sheet, heading) for heading in headings])
    for row in rows:
        sheet.append([_xlsx_cell(sheet, value) for value in row])
    book.save(stream)


def _bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = Font(bold=True)
    return cell


def _xlsx_cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, Rate):
        cell = WriteOnlyCell(sheet, value=float(value))
        cell.number_format = "0.00%"
        return cell
    if value is None:
        return None
    text = "".join(character for character in str(value) if character >= " " or character in "\t\n\r")
    return neutralise(text[:CELL_MAX])


def template_rows(columns: Sequence[Column]) -> list[list[str]]:
    """Return two example rows for the template."""
    return [[column.examples[index] for column in columns] for index in range(2)]
