"""The report as a PDF to hand over: title, figures, chart, breakdown, method; readable in black and white."""

import io
from collections.abc import Sequence
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from revenue.pdf_chart import chart
from revenue.presenter import Calculation, Presentation, Row

rl_config.trustedSchemes = []  # text is never a reason to open a file or an address

REGULAR, BOLD = "ReportSans", "ReportSans-Bold"
# DejaVu where the machine has it, for it knows most alphabets; Vera, which comes with reportlab, knows Latin ones.
_FONT_FILES = (("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"), ("Vera.ttf", "VeraBd.ttf"))
_INK, _MUTED, _LINE, _SOFT = (colors.HexColor(code) for code in ("#16202c", "#52606f", "#d5dae1", "#eceff3"))
_MARGIN = 18 * mm
_WIDTH = A4[0] - 2 * _MARGIN - 12  # a frame pads its content by 6 points on each side
_TREND_WORDS = {"up": "Rising", "down": "Falling", "neutral": "Steady"}


def make_pdf(shown: Presentation, *, compress: bool = True) -> bytes:
    """Return the report as a PDF of one or more A4 pages; `compress=False` leaves its text legible to programs."""
    _register_fonts()
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN + 6 * mm,
        title=f"{shown.title}, {shown.dates}",
        author="QA Observability",
        subject=shown.subject,
        lang="en",
        pageCompression=1 if compress else 0,
    )
    document.build(_story(shown), canvasmaker=_canvas_class(shown))
    return out.getvalue()


@cache
def _register_fonts() -> None:
    for regular, bold in _FONT_FILES:
        try:
            fonts = [TTFont(name, file, asciiReadable=1) for name, file in ((REGULAR, regular), (BOLD, bold))]
        except TTFError:
            continue
        for font in fonts:
            pdfmetrics.registerFont(font)
        pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
        return
    raise RuntimeError("No font for reports: reportlab's own Vera.ttf is missing.")


def _style(size: float, *, bold: bool = False, color: Any = _INK, **more: Any) -> ParagraphStyle:
    font = BOLD if bold else REGULAR
    return ParagraphStyle(f"{font}-{size}", fontName=font, fontSize=size, leading=size * 1.35, textColor=color, **more)


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), style)


def _story(shown: Presentation) -> list[Flowable]:
    heading = _style(12, bold=True, spaceBefore=14, spaceAfter=5)
    small = _style(8.5, color=_MUTED)
    story: list[Flowable] = [
        _text(shown.title, _style(22, bold=True, spaceAfter=3)),
        _text(f"{shown.subject}, {shown.dates} ({shown.impact.period.days} days, UTC)", _style(11, color=_MUTED)),
        Spacer(1, 10),
        _figures(shown),
    ]
    if shown.note:
        story += [Spacer(1, 4), _text(shown.note, small)]
    story += [
        KeepTogether(
            [_text(f"Revenue a day in {shown.impact.currency}", heading), chart(shown, _WIDTH, REGULAR, BOLD)]
        ),
        _text("Breakdown", heading),
        _breakdown(shown),
        KeepTogether(
            [
                _text("How it is calculated", heading),
                *(_text(text, _style(9, spaceAfter=3)) for text in shown.method),
                _text(shown.source, _style(9)),
            ]
        ),
        _text("With the numbers of this period", heading),
        *(_calculation(calculation) for calculation in shown.calculations),
    ]
    return story


def _figures(shown: Presentation) -> Table:
    label, value, change = _style(9, color=_MUTED), _style(17, bold=True), _style(9)
    cells = [
        [
            _text(kpi.label, label),
            _text(kpi.value, value),
            _text(f"{kpi.change} {_TREND_WORDS[kpi.trend].lower()}, against the {_days(shown)} before", change),
        ]
        for kpi in shown.kpis
    ]
    table = Table([cells], colWidths=[_WIDTH / len(cells)] * len(cells))
    table.setStyle(
        TableStyle(
            [
                ("BOX", (0, 0), (-1, -1), 0.75, _LINE),
                ("INNERGRID", (0, 0), (-1, -1), 0.75, _LINE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 8),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 9),
            ]
        )
    )
    return table


def _days(shown: Presentation) -> str:
    return f"{shown.impact.period.days} days"


_NUMERIC = (2, 3, 5, 6)
_HEADINGS = ("Integration", "Type", "Events", "Bookings", "Impact", "Loss", "Change", "Trend")
_SHARES = (0.17, 0.165, 0.085, 0.12, 0.09, 0.15, 0.13, 0.09)


def _breakdown(shown: Presentation) -> Flowable:
    if not shown.rows:
        return _text("Nothing was lost in this period.", _style(8.5))
    at_risk = shown.kpis[0]
    total = (
        "Total", "", f"{shown.total_events:,}", f"{shown.total_bookings:,}", "", shown.total_loss, at_risk.change,
        _TREND_WORDS[at_risk.trend],
    )  # fmt: skip
    rows = [_cells(_HEADINGS, bold=True), *(_cells(_breakdown_texts(row)) for row in shown.rows)]
    table = Table([*rows, _cells(total, bold=True)], colWidths=[_WIDTH * share for share in _SHARES], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, 0), _SOFT),
                ("LINEBELOW", (0, 0), (-1, -2), 0.5, _LINE),
                ("LINEABOVE", (0, -1), (-1, -1), 1, _INK),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 4),
                ("RIGHTPADDING", (0, 0), (-1, -1), 4),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
            ]
        )
    )
    return table


def _breakdown_texts(row: Row) -> tuple[str, ...]:
    line = row.line
    return (
        line.integration_name, row.type_label, f"{line.event_count:,}", f"{line.affected_bookings:,}",
        line.impact.capitalize(), row.loss, row.change, _TREND_WORDS[line.trend],
    )  # fmt: skip


def _cells(texts: Sequence[str], *, bold: bool = False) -> list[Paragraph]:
    left, right = _style(8.5, bold=bold), _style(8.5, bold=bold, alignment=TA_RIGHT)
    return [_text(text, right if index in _NUMERIC else left) for index, text in enumerate(texts)]


def _calculation(calculation: Calculation) -> Flowable:
    cell, right = _style(8), _style(8, alignment=TA_RIGHT)
    rows = [
        [_text(step.label, cell), _text(step.formula, cell), _text(step.result, right)] for step in calculation.steps
    ]
    table = Table(rows, colWidths=[_WIDTH * share for share in (0.2, 0.62, 0.18)])
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.5, _LINE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 4),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return KeepTogether([_text(calculation.name, _style(9.5, bold=True, spaceBefore=6, spaceAfter=2)), table])


def _canvas_class(shown: Presentation) -> type[Canvas]:
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
                self.setFillColor(_MUTED)
                self.drawString(_MARGIN, 12 * mm, f"QA Observability, {shown.generated_at:%d %b %Y %H:%M} UTC")
                self.drawRightString(A4[0] - _MARGIN, 12 * mm, f"Page {number} of {len(self._pages)}")
                super().showPage()
            super().save()

    return NumberedCanvas
