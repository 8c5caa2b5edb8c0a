"""The chart of the PDF report: lines told apart by their pattern, so that a black and white print is legible."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.graphics.shapes import Drawing, Line, PolyLine, Rect, String
from reportlab.lib import colors

from revenue.presenter import Presentation

HEIGHT = 190
_LEFT, _BOTTOM, _TOP = 52, 40, 8
_INK, _MUTED, _GRID = colors.HexColor("#16202c"), colors.HexColor("#52606f"), colors.HexColor("#d5dae1")
_TICKS = 4


@dataclass(frozen=True, slots=True)
class _Curve:
    label: str
    values: Sequence[float]
    color: Any
    width: float
    dash: Sequence[float] | None


def chart(shown: Presentation, width: float, font: str, bold: str) -> Drawing:
    """Return the drawing: revenue at risk, protected, the benchmark, and what was at risk in the period before."""
    series, before = shown.impact.series, shown.impact.previous_series
    curves = [
        _Curve("At risk", [float(day.at_risk) for day in series], colors.HexColor("#b3202f"), 2, None),
        _Curve("At risk, period before", [float(day.at_risk) for day in before], _MUTED, 1, (4, 2)),
        _Curve("Protected", [float(day.protected) for day in series], colors.HexColor("#0b5fad"), 1, (7, 2, 1, 2)),
        _Curve("Benchmark leakage", [float(day.benchmark) for day in series], _INK, 1, (1, 2)),
    ]
    top = nice_top(max((value for curve in curves for value in curve.values), default=0))
    drawing = Drawing(width, HEIGHT)
    _draw_axes(drawing, top, width, [day.date for day in series], font)
    for curve in curves:
        _draw_curve(drawing, curve, top, width)
    _draw_legend(drawing, curves, width, font)
    return drawing


def nice_top(value: float) -> float:
    """Return the smallest of 1, 2, 3, 4, 6, 8 times a power of ten that is at least `value`, at least 1.

    >>> nice_top(0), nice_top(130), nice_top(8000)
    (1.0, 200.0, 8000.0)
    """
    unit = 1.0
    while unit * 8 < value:
        unit *= 10
    return next(unit * step for step in (1, 2, 3, 4, 6, 8) if unit * step >= value)


def _x(index: int, count: int, width: float) -> float:
    return _LEFT + (width - _LEFT - 4) * (index / max(1, count - 1))


def _y(value: float, top: float) -> float:
    return _BOTTOM + (HEIGHT - _BOTTOM - _TOP) * value / top


def _draw_axes(drawing: Drawing, top: float, width: float, dates: Sequence[Any], font: str) -> None:
    for tick in range(_TICKS + 1):
        value = top * tick / _TICKS
        y = _y(value, top)
        drawing.add(Line(_LEFT, y, width - 4, y, strokeColor=_INK if tick == 0 else _GRID, strokeWidth=0.6))
        text = f"{value:,.0f}" if top >= _TICKS else f"{value:,.2f}"
        drawing.add(String(_LEFT - 6, y - 3, text, fontName=font, fontSize=8, fillColor=_MUTED, textAnchor="end"))
    step = max(1, -(-len(dates) // 7))
    for index in range(0, len(dates), step):
        x = _x(index, len(dates), width)
        label = f"{dates[index]:%d %b}"
        anchor = "start" if index == 0 else "middle"
        drawing.add(String(x, _BOTTOM - 12, label, fontName=font, fontSize=8, fillColor=_MUTED, textAnchor=anchor))


def _draw_curve(drawing: Drawing, curve: _Curve, top: float, width: float) -> None:
    count = len(curve.values)
    points: list[float] = []
    for index, value in enumerate(curve.values):
        points += [_x(index, count, width), _y(value, top)]
    drawing.add(
        PolyLine(
            points,
            strokeColor=curve.color,
            strokeWidth=curve.width,
            strokeDashArray=curve.dash,
            strokeLineJoin=1,
        )
    )


def _draw_legend(drawing: Drawing, curves: Sequence[_Curve], width: float, font: str) -> None:
    x = float(_LEFT)
    drawing.add(Rect(0, 0, width, 16, fillColor=None, strokeColor=None))
    for curve in curves:
        drawing.add(Line(x, 8, x + 20, 8, strokeColor=curve.color, strokeWidth=curve.width, strokeDashArray=curve.dash))
        drawing.add(String(x + 24, 5, curve.label, fontName=font, fontSize=8, fillColor=_INK))
        x += 24 + 5.2 * len(curve.label) + 12
