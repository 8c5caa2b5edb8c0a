"""PDF of a document: title, what it shows, its tables with repeated heads; across where they are wide."""

from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import CondPageBreak, Flowable, LongTable, Spacer
from reportlab.platypus import Table as Grid

from qa_observability.exports.documents import PDF_ROWS_MAX, Bounded, Column, Document, Table, shown_text
from qa_observability.exports.pdf_columns import lay_out
from qa_observability.exports.pdf_frame import (
    LANDSCAPE,
    MUTED,
    PORTRAIT,
    build_pdf,
    content_width,
    paragraph,
    row_of,
    table_style,
    text_style,
)

# As many characters as fit side by side on an upright page.
_NARROW = 92
# What fits into a cell without filling a page with it.
_CELL_MAX = 900
# A heading is not left alone at the foot of a page.
_HEADING_ROOM = 90


def write_pdf(document: Document, stream: BinaryIO) -> None:
    """Write a document as a PDF to hand over."""
    stream.write(make_pdf(document))


def make_pdf(document: Document, *, compress: bool = True) -> bytes:
    """Return a document as a PDF; `compress=False` leaves its text legible to programs."""
    widest = max((sum(column.characters for column in table.columns) for table in document.tables), default=0)
    page = LANDSCAPE if widest > _NARROW else PORTRAIT
    return build_pdf(
        list(_story(document, content_width(page))),
        title=_shortened(document.title),
        subject="; ".join(f"{label}: {_shortened(value)}" for label, value in document.head),
        generated_at=document.generated_at,
        page=page,
        compress=compress,
    )


def _story(document: Document, width: float) -> Iterable[Flowable]:
    small = text_style(8.5, color=MUTED)
    yield paragraph(_shortened(document.title), text_style(20, bold=True, spaceAfter=4))
    yield _head(document, width)
    for table in document.tables:
        yield CondPageBreak(_HEADING_ROOM)
        yield paragraph(table.title, text_style(12, bold=True, spaceBefore=12, spaceAfter=4))
        yield from _table(table, width, small)
    for note in document.notes:
        yield Spacer(1, 6)
        yield paragraph(note, small)


def _head(document: Document, width: float) -> Flowable:
    """Return what the document shows: its facts, period and filters."""
    label, value = text_style(9, color=MUTED), text_style(9)
    rows = [[paragraph(name, label), paragraph(_shortened(text), value)] for name, text in document.head]
    grid = Grid(rows, colWidths=[width * 0.22, width * 0.78], splitInRow=1)
    grid.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0),
                   ("TOPPADDING", (0, 0), (-1, -1), 0), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)])  # fmt: skip
    return grid


def _table(table: Table, width: float, small: ParagraphStyle) -> Iterable[Flowable]:
    rows = Bounded(table.rows, PDF_ROWS_MAX)
    texts = [[pdf_text(*cell) for cell in zip(row, table.columns, strict=True)] for row in rows]
    if texts:
        yield _grid(table.columns, texts, width)
    more = f"{rows.remark} CSV and XLSX hold more." if rows.remark else ""
    for remark in filter(None, (table.empty if not texts else "", more, table.note)):
        yield Spacer(1, 4)
        yield paragraph(remark, small)


def _grid(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: float) -> Flowable:
    head = [column.label for column in columns]
    layout = lay_out(head, rows, width)
    right = [index for index, column in enumerate(columns) if column.is_right]
    cells = [row_of(row, size=layout.size, right=right) for row in rows]
    heading = row_of(head, size=layout.size, right=right, bold=True)
    grid = LongTable([heading, *cells], colWidths=layout.widths, repeatRows=1, splitInRow=1, hAlign="LEFT")
    grid.setStyle(table_style())
    return grid


def pdf_text(value: Any, column: Column) -> str:
    """Return a cell as people read it, without the end of a very long text."""
    return _shortened(shown_text(value, column))


def _shortened(text: str) -> str:
    return text if len(text) <= _CELL_MAX else f"{text[:_CELL_MAX]}… (shortened)"
