"""The bytes of a workbook, written row by row: how XLSX spells sheets, cells and styles. Pure."""

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import IO, BinaryIO, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from qa_observability.exports.cells import clean

CELL_MAX = 32_767


class Style(IntEnum):
    """How a cell looks: its place in the list of styles that every workbook has."""

    PLAIN = 0
    HEAD = 1
    PERCENT = 2
    MONEY = 3
    TIME = 4
    DAY = 5
    WHOLE = 6
    DECIMAL = 7
    TITLE = 8
    BOLD = 9
    WRAP = 10


class Cell(NamedTuple):
    """A value and how it looks. Text is never a formula, for it is stored as text."""

    value: str | float | Decimal | None
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet; the first of its rows is a head that stays in sight and filters, unless it has none."""

    title: str
    widths: Sequence[int]
    rows: Iterable[Sequence[Cell]]
    has_head: bool = True


def write_workbook(stream: BinaryIO, sheets: Sequence[Sheet]) -> None:
    """Write the sheets in their order, each row as it is read, so that any number of rows fits in memory."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as book:
        for name, text in _parts(sheets).items():
            book.writestr(name, _XML + text)
        filtered = {}
        for number, sheet in enumerate(sheets, 1):
            with book.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as part:
                count = _write_sheet(part, sheet)
            if sheet.has_head and count > 1:
                filtered[number - 1] = f"'{sheet.title}'!$A$1:${_letters(len(sheet.widths))}${count}"
        book.writestr("xl/workbook.xml", _XML + _workbook(sheets, filtered))


def _write_sheet(part: IO[bytes], sheet: Sheet) -> int:
    """Write one sheet and return how many rows it has."""
    part.write((_XML + _sheet_start(sheet)).encode())
    count = 0
    for row in sheet.rows:
        count += 1
        part.write(f"<row>{''.join(map(_cell, row))}</row>".encode())
    part.write(b"</sheetData>")
    if sheet.has_head and count > 1:
        part.write(f'<autoFilter ref="A1:{_letters(len(sheet.widths))}{count}"/>'.encode())
    part.write(_PRINT.encode())
    part.write(b"</worksheet>")
    return count


def _cell(cell: Cell) -> str:
    value, style = cell
    if value is None:
        return "<c/>"
    if not isinstance(value, str):
        return (
            f'<c s="{style:d}"><v>{value:f}</v></c>'
            if isinstance(value, Decimal)
            else f'<c s="{style:d}"><v>{value!r}</v></c>'
        )
    text = clean(value)[:CELL_MAX]
    return f'<c t="inlineStr" s="{style:d}"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def _letters(number: int) -> str:
    """Return the name of a column that is counted from 1.

    >>> _letters(1), _letters(27)
    ('A', 'AA')
    """
    letters = ""
    while number:
        number, place = divmod(number - 1, 26)
        letters = chr(65 + place) + letters
    return letters


def _sheet_start(sheet: Sheet) -> str:
    frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' if sheet.has_head else ""
    columns = "".join(
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, width in enumerate(sheet.widths, 1)
    )
    return (
        f'<worksheet xmlns="{_MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<sheetViews><sheetView workbookViewId="0">{frozen}</sheetView></sheetViews>'
        f"<cols>{columns}</cols><sheetData>"
    )


def _parts(sheets: Sequence[Sheet]) -> dict[str, str]:
    numbers = range(1, len(sheets) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        for number in numbers
    )
    related = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in numbers
    )
    return {
        "[Content_Types].xml": _CONTENT_TYPES.format(overrides),
        "_rels/.rels": (
            f'<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{_PACKAGE}/relationships">{related}'
            f'<Relationship Id="rId{len(sheets) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
        ),
        "xl/styles.xml": _STYLES,
    }


def _workbook(sheets: Sequence[Sheet], filtered: dict[int, str]) -> str:
    listed = "".join(
        f'<sheet name={quoteattr(sheet.title)} sheetId="{number}" r:id="rId{number}"/>'
        for number, sheet in enumerate(sheets, 1)
    )
    names = "".join(
        f'<definedName name="_xlnm._FilterDatabase" localSheetId="{index}" hidden="1">{escape(area)}</definedName>'
        for index, area in filtered.items()
    )
    defined = f"<definedNames>{names}</definedNames>" if names else ""
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets>{defined}</workbook>'


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PRINT = '<pageSetup orientation="landscape" fitToWidth="1" fitToHeight="0"/>'
_CONTENT_TYPES = (
    f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>{{}}</Types>'
)
_TOP = '<alignment vertical="top"/>'


def _format(number: int, *, font: int = 0, fill: int = 0, wrap: bool = False) -> str:
    alignment = '<alignment vertical="top" wrapText="1"/>' if wrap else _TOP
    return (
        f'<xf numFmtId="{number}" fontId="{font}" fillId="{fill}" borderId="0" xfId="0" applyNumberFormat="1" '
        f'applyFont="1" applyFill="1" applyAlignment="1">{alignment}</xf>'
    )


# 2: 0.00, 3: #,##0, 4: #,##0.00, 10: 0.00% are Excel's own formats. In the order of Style.
_FORMATS = [
    _format(0), _format(0, font=1, fill=2), _format(10), _format(4), _format(164), _format(165), _format(3),
    _format(2), _format(0, font=2), _format(0, font=1), _format(0, wrap=True),
]  # fmt: skip
_FONT = '<font>{}<sz val="{}"/><name val="Calibri"/></font>'
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    f'<fonts count="3">{_FONT.format("", 11)}{_FONT.format("<b/>", 11)}{_FONT.format("<b/>", 16)}</fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFECEFF3"/></patternFill></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    f'<cellXfs count="{len(_FORMATS)}">{"".join(_FORMATS)}</cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
