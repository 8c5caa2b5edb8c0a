"""The report as a PDF to hand over: title, figures, chart, breakdown, method; readable in black and white."""

from collections.abc import Sequence

from reportlab.platypus import Flowable, KeepTogether, Paragraph, Spacer, Table, TableStyle

from qa_observability.exports.fonts import BOLD, REGULAR
from qa_observability.exports.pdf_frame import (
    INK,
    LINE,
    MUTED,
    build_pdf,
    content_width,
    paragraph,
    row_of,
    table_style,
    text_style,
)
from revenue.pdf_chart import chart
from revenue.presenter import Calculation, Kpi, Presentation, Row

_WIDTH = content_width()
_TREND_WORDS = {"up": "Rising", "down": "Falling", "neutral": "Steady"}


def make_pdf(shown: Presentation, *, compress: bool = True) -> bytes:
    """Return the report as a PDF of one or more A4 pages; `compress=False` leaves its text legible to programs."""
    return build_pdf(
        _story(shown),
        title=f"{shown.title}, {shown.dates}",
        subject=shown.subject,
        generated_at=shown.generated_at,
        compress=compress,
    )


def _story(shown: Presentation) -> list[Flowable]:
    heading = text_style(12, bold=True, spaceBefore=14, spaceAfter=5)
    small = text_style(8.5, color=MUTED)
    story: list[Flowable] = [
        paragraph(shown.title, text_style(22, bold=True, spaceAfter=3)),
        paragraph(
            f"{shown.subject}, {shown.dates} ({shown.impact.period.days} days, UTC)", text_style(11, color=MUTED)
        ),
        Spacer(1, 10),
        _figures(shown),
    ]
    if shown.note:
        story += [Spacer(1, 4), paragraph(shown.note, small)]
    story += [
        KeepTogether(
            [paragraph(f"Revenue a day in {shown.impact.currency}", heading), chart(shown, _WIDTH, REGULAR, BOLD)]
        ),
        paragraph("Breakdown", heading),
        _breakdown(shown),
        KeepTogether(
            [
                paragraph("How it is calculated", heading),
                *(paragraph(text, text_style(9, spaceAfter=3)) for text in shown.method),
                paragraph(shown.source, text_style(9)),
            ]
        ),
        paragraph("With the numbers of this period", heading),
        *(_calculation(calculation) for calculation in shown.calculations),
    ]
    return story


def _change(kpi: Kpi, before: str) -> str:
    if not kpi.comparable:
        return f"No data in {before}"
    return f"{kpi.change} {_TREND_WORDS[kpi.trend].lower()}, against {before}"


def _figures(shown: Presentation) -> Table:
    label, value, change = text_style(9, color=MUTED), text_style(17, bold=True), text_style(9)
    cells = [
        [
            paragraph(kpi.label, label),
            paragraph(kpi.value, value),
            paragraph(_change(kpi, f"the {_days(shown)} before"), change),
        ]
        for kpi in shown.kpis
    ]
    table = Table([cells], colWidths=[_WIDTH / len(cells)] * len(cells))
    table.setStyle(
        TableStyle(
            [
                ("BOX", (0, 0), (-1, -1), 0.75, LINE),
                ("INNERGRID", (0, 0), (-1, -1), 0.75, LINE),
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
        return paragraph("Nothing was lost in this period.", text_style(8.5))
    at_risk = shown.kpis[0]
    total = (
        "Total", "", f"{shown.total_events:,}", f"{shown.total_bookings:,}", "", shown.total_loss, at_risk.change,
        _TREND_WORDS[at_risk.trend],
    )  # fmt: skip
    rows = [_cells(_HEADINGS, bold=True), *(_cells(_breakdown_texts(row)) for row in shown.rows)]
    table = Table([*rows, _cells(total, bold=True)], colWidths=[_WIDTH * share for share in _SHARES], repeatRows=1)
    table.setStyle(table_style(("LINEABOVE", (0, -1), (-1, -1), 1, INK)))
    return table


def _breakdown_texts(row: Row) -> tuple[str, ...]:
    line = row.line
    return (
        line.integration_name, row.type_label, f"{line.event_count:,}", f"{line.affected_bookings:,}",
        line.impact.capitalize(), row.loss, row.change, _TREND_WORDS[line.trend],
    )  # fmt: skip


def _cells(texts: Sequence[str], *, bold: bool = False) -> list[Paragraph]:
    return row_of(texts, size=8.5, right=_NUMERIC, bold=bold)


def _calculation(calculation: Calculation) -> Flowable:
    rows = [row_of((step.label, step.formula, step.result), size=8, right=(2,)) for step in calculation.steps]
    table = Table(rows, colWidths=[_WIDTH * share for share in (0.2, 0.62, 0.18)])
    table.setStyle(table_style(has_head=False))
    return KeepTogether([paragraph(calculation.name, text_style(9.5, bold=True, spaceBefore=6, spaceAfter=2)), table])
