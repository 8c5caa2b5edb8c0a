"""Rows of a CSV or XLSX file as texts, one at a time, whatever program wrote it."""

import csv
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook

from integrations.sheets.columns import Column, HeadingError, match_headings
from qa_observability.exports.cells import FORMULA_STARTS, GUARD

UNPACKED_MAX = 400 * 1024 * 1024
CELL_MAX = 100_000
COLUMNS_MAX = 100
LAST_ROW = 1_048_576  # of any spreadsheet; a row may claim to stand further down, and be waited for

Row = dict[str, str]


class SheetError(ValueError):
    """A file that cannot be read as a spreadsheet; says where and why."""


def read_rows(stream: BinaryIO, columns: Sequence[Column]) -> Iterator[tuple[int, Row]]:
    """Yield each row that is not blank with its number in the file, which starts at 1 with the headings.

    Raises
    ------
    SheetError : the file is neither CSV nor XLSX, is damaged or too large, or its headings are wrong.
    """
    start = stream.read(4)
    stream.seek(0)
    lines = _xlsx_lines(stream) if start == b"PK\x03\x04" else _csv_lines(stream, start)
    names: list[str | None] | None = None
    for number, cells in lines:
        if not any(cells):
            continue
        if any("\x00" in cell for cell in cells):
            raise SheetError(f"Row {number} holds NUL characters: the file is damaged.")
        if len(cells) > COLUMNS_MAX:
            raise SheetError(f"Row {number} has more than {COLUMNS_MAX} columns.")
        if names is None:
            try:
                names = match_headings(cells, columns)
            except HeadingError as error:
                raise SheetError(str(error)) from error
            continue
        extra = [cell for cell in cells[len(names) :] if cell]
        if extra:
            raise SheetError(f"Row {number} has more cells than the first line has headings.")
        yield number, {name: cell for name, cell in zip(names, cells, strict=False) if name}
    if names is None:
        raise SheetError("The file is empty.")


def _csv_lines(stream: BinaryIO, start: bytes) -> Iterator[tuple[int, list[str]]]:
    encoding = "utf-16" if start[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    number = 0
    try:
        head = text.readline(CELL_MAX)
        if "\x00" in head:
            raise SheetError("This is neither CSV nor XLSX.")
        text.seek(0)
        separator = max(",;\t", key=head.count)
        reader = csv.reader(text, delimiter=separator, strict=True)
        for cells in reader:
            number += 1
            yield number, [_unguarded(cell.strip()) for cell in cells]
    except UnicodeDecodeError as error:
        raise SheetError(f"After row {number}: the file is not UTF-8. Save it as 'CSV UTF-8' or as XLSX.") from error
    except csv.Error as error:
        raise SheetError(f"After row {number}: {error}.") from error
    finally:
        text.detach()


def _xlsx_lines(stream: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    try:
        with zipfile.ZipFile(stream) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > UNPACKED_MAX:
            raise SheetError(f"The file unpacks to more than {UNPACKED_MAX // 1024**2} MB.")
        stream.seek(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it misses in a file does not concern the cells' values
            book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        try:
            sheet: Any = book.worksheets[0]
            sheet.reset_dimensions()  # what a file says of its own size need not be true
            for number, cells in enumerate(sheet.iter_rows(), 1):
                if number > LAST_ROW:
                    raise SheetError(f"The file has rows beyond the {LAST_ROW:,} of a spreadsheet.")
                yield number, _without_tail([_text(cell) for cell in cells])
        finally:
            book.close()
    except (zipfile.BadZipFile, KeyError, IndexError, OSError, EOFError, ParseError, ValueError, TypeError) as error:
        if isinstance(error, SheetError):
            raise
        raise SheetError("The file is damaged or no XLSX.") from error


def _without_tail(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(cell: Any) -> str:
    """Return a cell as somebody would type it; a number shown as percent keeps its sign."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float):
        number = Decimal(repr(value))
        if "%" in (cell.number_format or ""):
            return f"{number * 100:f} %"
        return f"{number.to_integral_value():f}" if number == number.to_integral_value() else f"{number:f}"
    return _unguarded(str(value).strip())


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith(GUARD) and text[1:].startswith(FORMULA_STARTS) else text
