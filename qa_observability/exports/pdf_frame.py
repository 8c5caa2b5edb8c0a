"""What every PDF of the product looks like: page, margins, foot with page numbers, styles of text and tables."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, TableStyle

from qa_observability.exports.cells import clean
from qa_observability.exports.fonts import BOLD, REGULAR, markup, register_fonts

INK, MUTED, LINE, SOFT = (colors.HexColor(code) for code in ("#16202c", "#52606f", "#d5dae1", "#eceff3"))
MARGIN = 18 * mm
_PADDING = 12  # a frame pads its content by 6 points on each side
PORTRAIT, LANDSCAPE = A4, landscape(A4)


def content_width(page: tuple[float, float] = PORTRAIT) -> float:
    """Return how wide the content of a page is, in points."""
    return page[0] - float(2 * MARGIN) - _PADDING


def text_style(size: float, *, bold: bool = False, color: Any = INK, **more: Any) -> ParagraphStyle:
    """Return the style of a text in one of the product's two fonts."""
    register_fonts()
    font = BOLD if bold else REGULAR
    return ParagraphStyle(f"{font}-{size}", fontName=font, fontSize=size, leading=size * 1.35, textColor=color, **more)


def paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    """Return a text as it is: nothing in it is markup."""
    return Paragraph(markup(text), style)


def row_of(texts: Sequence[str], *, size: float, right: Sequence[int] = (), bold: bool = False) -> list[Paragraph]:
    """Return the cells of a table's row; those at the places in `right` stand on the right."""
    styles = text_style(size, bold=bold), text_style(size, bold=bold, alignment=TA_RIGHT)
    return [paragraph(text, styles[index in right]) for index, text in enumerate(texts)]


def table_style(*more: tuple[Any, ...], has_head: bool = True) -> TableStyle:
    """Return the look of a table: a shaded head, a line below each row."""
    head = [("BACKGROUND", (0, 0), (-1, 0), SOFT)] if has_head else []
    return TableStyle(
        [
            *head,
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 4),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
            *more,
        ]
    )


def build_pdf(
    story: list[Flowable],
    *,
    title: str,
    subject: str,
    generated_at: datetime,
    page: tuple[float, float] = PORTRAIT,
    compress: bool = True,
) -> bytes:
    """Return a PDF of one or more pages; `compress=False` leaves its text legible to programs."""
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=page,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN + 6 * mm,
        title=clean(title),
        author="QA Observability",
        subject=clean(subject),
        lang="en",
        pageCompression=1 if compress else 0,
    )
    document.build(story, canvasmaker=_canvas_class(generated_at, page))
    return out.getvalue()


def _canvas_class(generated_at: datetime, page_size: tuple[float, float]) -> type[Canvas]:
    """Return a canvas that knows at the end how many pages there are, and writes it at the foot of each."""

    class NumberedCanvas(Canvas):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802  reportlab's name
            self._pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._pages, 1):
                self.__dict__.update(page)
                self.setFont(REGULAR, 8)
                self.setFillColor(MUTED)
                moment = generated_at.astimezone(UTC)
                self.drawString(MARGIN, 12 * mm, f"QA Observability, {moment:%d %b %Y %H:%M} UTC")
                self.drawRightString(page_size[0] - MARGIN, 12 * mm, f"Page {number} of {len(self._pages)}")
                super().showPage()
            super().save()

    return NumberedCanvas
