"""The report as a file: CSV, XLSX or PDF, all of the same presentation."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.chart import LineChart, Reference
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from qa_observability.exports.cells import FORMULA_STARTS, clean, csv_cell
from qa_observability.exports.csv_files import csv_lines
from revenue.pdf import make_pdf
from revenue.presenter import Presentation

HEADINGS = ("Integration", "Type", "Events", "Affected bookings", "Impact", "Estimated loss", "Change %", "Trend")
FIGURE_HEADINGS = ("Figure", "Value", "Previous period", "Change %", "Trend")
DAY_HEADINGS = ("Day (UTC)", "At risk", "Protected", "Benchmark", "Day before", "At risk then")
_MONEY = "#,##0.00"
_BOLD = Font(bold=True)
_HEAD_FILL = PatternFill("solid", fgColor="ECEFF3")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file and how it is made."""

    media_type: str
    make: Callable[[Presentation], bytes]


def file_name(shown: Presentation, kind: str) -> str:
    """Return a name that tells what is in the file; plain ASCII."""
    period = shown.impact.period
    names = list(shown.impact.names)
    only = f"-{names[0]}" if len(names) == 1 else ""
    return f"revenue-impact{only}-{period.first_day}-to-{period.last_day}.{kind}"


def make_csv(shown: Presentation) -> bytes:
    """Return the report as CSV: figures, breakdown with its total, method; amounts are plain numbers."""
    rows = [*_head(shown), [], *_figures(shown), [], *_breakdown(shown), [], *_method(shown)]
    return "".join(csv_lines([csv_cell(value) for value in row] for row in rows)).encode()


def make_xlsx(shown: Presentation) -> bytes:
    """Return the report as a workbook: summary, breakdown, days with a chart. Text is never a formula."""
    book = Workbook()
    summary = book.active
    summary.title = "Summary"
    _fill(summary, [*_head(shown), [], *_figures(shown), [], *_method(shown)])
    summary["A1"].font = Font(bold=True, size=16)
    _emphasise(summary, len(_head(shown)) + 2)
    breakdown = book.create_sheet("Breakdown")
    _fill(breakdown, _breakdown(shown))
    _emphasise(breakdown, 1)
    breakdown.freeze_panes = "A2"
    for cell in breakdown[breakdown.max_row]:
        cell.font = _BOLD
    days = book.create_sheet("Days")
    _fill(days, [DAY_HEADINGS, *_days(shown)])
    _emphasise(days, 1)
    days.freeze_panes = "A2"
    days.add_chart(_chart(days, shown), "H2")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


KINDS = {
    "csv": Kind("text/csv", make_csv),
    "xlsx": Kind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", make_xlsx),
    "pdf": Kind("application/pdf", make_pdf),
}


def _head(shown: Presentation) -> list[list[Any]]:
    period = shown.impact.period
    return [
        [shown.title],
        ["Integrations", ", ".join(shown.impact.names.values())],
        ["Period", period.name, period.first_day, period.last_day],
        ["Currency", shown.impact.currency],
        ["Generated", f"{shown.generated_at:%Y-%m-%d %H:%M} UTC"],
    ]


def _figures(shown: Presentation) -> list[list[Any]]:
    rows: list[list[Any]] = [list(FIGURE_HEADINGS)]
    for kpi in shown.kpis:
        figure = kpi.figure
        rows.append([kpi.label, figure.value, figure.previous, figure.change, str(figure.trend)])
    return rows


def _breakdown(shown: Presentation) -> list[list[Any]]:
    rows: list[list[Any]] = [list(HEADINGS)]
    for row in shown.rows:
        line = row.line
        rows.append(
            [
                line.integration_name, row.type_label, line.event_count, line.affected_bookings, str(line.impact),
                line.estimated_loss, line.change, str(line.trend),
            ]
        )  # fmt: skip
    at_risk = shown.impact.at_risk
    rows.append(
        ["Total", None, shown.total_events, shown.total_bookings, None, at_risk.value, at_risk.change,
         str(at_risk.trend)]
    )  # fmt: skip
    return rows


def _method(shown: Presentation) -> list[list[Any]]:
    return [
        ["How it is calculated"],
        *([text] for text in shown.method),
        [shown.source],
        *([[shown.note]] if shown.note else []),
    ]


def _days(shown: Presentation) -> list[list[Any]]:
    return [
        [day.date, day.at_risk, day.protected, day.benchmark, before.date, before.at_risk]
        for day, before in zip(shown.impact.series, shown.impact.previous_series, strict=True)
    ]


def _fill(sheet: Worksheet, rows: list[Any]) -> None:
    widths: dict[str, int] = {}
    for index, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(index, column)
            if isinstance(value, str):
                cell.value = clean(value)
                cell.data_type = "s"
                cell.quotePrefix = value.startswith(FORMULA_STARTS)
            else:
                cell.value = value
            if isinstance(value, Decimal):
                cell.number_format = _MONEY if value.as_tuple().exponent == -2 else "0.0"
            if len(row) > 1:
                width = max(widths.get(cell.column_letter, 0), len(str(value or "")))
                widths[cell.column_letter] = min(width, 48)
    for letter, width in widths.items():
        sheet.column_dimensions[letter].width = width + 4


def _emphasise(sheet: Worksheet, row: int) -> None:
    for cell in sheet[row]:
        cell.font, cell.fill, cell.alignment = _BOLD, _HEAD_FILL, Alignment(vertical="center")


def _chart(sheet: Worksheet, shown: Presentation) -> LineChart:
    chart = LineChart()
    chart.title, chart.height, chart.width = f"Revenue at risk and protected, {shown.impact.currency} a day", 10, 24
    last = len(shown.days) + 1
    for column in (2, 3, 4, 6):
        chart.add_data(Reference(sheet, min_col=column, min_row=1, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=last))
    for series, dash in zip(chart.series, ("solid", "solid", "sysDot", "dash"), strict=True):
        series.smooth = False
        series.graphicalProperties.line.dashStyle = dash
        series.graphicalProperties.line.width = 19050
    chart.x_axis.number_format, chart.x_axis.delete, chart.y_axis.delete = "d mmm", False, False
    return chart
