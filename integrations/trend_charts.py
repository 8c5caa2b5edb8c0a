"""The four trend charts of an integration: what static/js/charts.js draws, one value a day. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from integrations.choices import EventType


class Point(Protocol):
    """One UTC day, such as integrations.overview.DayPoint."""

    @property
    def date(self) -> Any: ...
    @property
    def error_rate(self) -> float | None: ...
    @property
    def booking_loss_rate(self) -> float | None: ...
    @property
    def event_counts(self) -> dict[str, int]: ...


@dataclass(frozen=True, slots=True)
class TrendChart:
    id: str
    title: str
    data: dict[str, Any]


def trend_charts(points: Sequence[Point], before: Sequence[Point]) -> list[TrendChart]:
    """Return rate failures, fee failures, booking loss and error rate by day, the period before dashed.

    Where nothing is known of the period before, its line is left out: zeros would say that nothing failed.
    """
    before = before if is_known(before) else []
    charts: list[tuple[str, str, str, str, Callable[[Point], float | None]]] = [
        ("rate-failures", "Rate sync failures a day", "events", "accent", _count(EventType.PRICING_SYNC_ERROR)),
        ("fee-failures", "Fee sync failures a day", "events", "accent", _count(EventType.FEE_SYNC_ERROR)),
        (
            "booking-loss",
            "Booking loss, mean of the day in %",
            "percent",
            "critical",
            lambda day: day.booking_loss_rate,
        ),
        ("error-rate", "Error rate, mean of the day in %", "percent", "critical", lambda day: day.error_rate),
    ]
    return [
        TrendChart(f"trend-{name}", title, _data(points, before, unit=unit, color=color, value=value))
        for name, title, unit, color, value in charts
    ]


def is_known(points: Sequence[Point]) -> bool:
    """Return whether anything was observed or told on any of these days."""
    return any(point.error_rate is not None or any(point.event_counts.values()) for point in points)


def _count(event_type: str) -> Callable[[Point], float | None]:
    return lambda day: day.event_counts[event_type]


def _data(
    points: Sequence[Point],
    before: Sequence[Point],
    *,
    unit: str,
    color: str,
    value: Callable[[Point], float | None],
) -> dict[str, Any]:
    lines: list[dict[str, Any]] = [
        {"label": "This period", "color": color, "fill": True, "values": [value(point) for point in points]}
    ]
    if before:
        lines.append(
            {
                "label": "Period before",
                "color": "muted",
                "pattern": "dashed",
                "values": [value(point) for point in before],
                "labels": [point.date.isoformat() for point in before],
            }
        )
    return {"unit": unit, "labels": [point.date.isoformat() for point in points], "lines": lines}
