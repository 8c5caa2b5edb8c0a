"""The figures in words: one set of texts that page, CSV, XLSX and PDF share, so that they cannot differ. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from integrations.choices import EventType
from qa_observability.wording import change_text
from revenue.calculator import EVENT_TYPES, LOSS
from revenue.config import BookingLossMethod, plain_number
from revenue.impact import BreakdownLine, Impact, KeyFigure
from revenue.outcome import IntegrationFigures, Line

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
METHOD = (
    "Rate and fee sync failures: bookings affected by events without a known loss × average booking value × leakage, "
    "plus the known losses of the other events.",
    "Benchmark leakage: bookings per day × days × average booking value × leakage: what a property manager loses on "
    "average (3-7 % of booking revenue).",
    "Revenue protected: for each integration, the benchmark leakage less its revenue at risk, at least 0.",
    "Each line is rounded to cents, half a cent upwards; totals are sums of the lines. Only active integrations count. "
    "Days are UTC days; today counts as a whole day.",
)
LOSS_METHOD = {
    BookingLossMethod.RATE: "Lost bookings, day by day: mean observed loss rate × bookings per day × booking value.",
    BookingLossMethod.EVENTS: "Lost bookings: bookings of events without a known loss × booking value, plus the "
    "known losses.",
    BookingLossMethod.MAX: "Lost bookings, day by day the larger of: mean observed loss rate × bookings per day × "
    "booking value; or bookings of events without a known loss × booking value, plus the known losses. Both describe "
    "the same lost bookings.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One key figure; `bad` is the direction that is no good news; `comparable` whether there is a figure before."""

    label: str
    value: str
    change: str
    trend: str
    bad: str
    meaning: str
    comparable: bool
    figure: KeyFigure


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the breakdown, with the texts that are shown."""

    line: BreakdownLine
    type_label: str
    loss: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of the chart's table."""

    date: date
    at_risk: str
    protected: str
    benchmark: str
    previous_at_risk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One formula with the period's numbers filled in, and what it comes to."""

    label: str
    formula: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculation:
    """How the figures of one integration come about."""

    name: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """A report on one period, in words and numbers."""

    impact: Impact
    title: str
    subject: str
    dates: str
    kpis: tuple[Kpi, ...]
    rows: tuple[Row, ...]
    total_loss: str
    total_events: int
    total_bookings: int
    days: tuple[Day, ...]
    calculations: tuple[Calculation, ...]
    method: tuple[str, ...]
    source: str
    note: str
    generated_at: datetime


def present(impact: Impact, *, now: datetime) -> Presentation:
    """Put the figures of a period into words, as of `now`."""
    currency, period = impact.currency, impact.period
    source = f"revision {impact.revision} of the revenue configuration" if impact.revision else "the default figures"
    return Presentation(
        impact=impact,
        title="Revenue impact",
        subject=_subject(impact),
        dates=f"{period.first_day:%d %b %Y} to {period.last_day:%d %b %Y}",
        kpis=_kpis(impact),
        rows=tuple(_row(line, currency) for line in impact.breakdown),
        total_loss=money(impact.at_risk.value, currency),
        total_events=sum(line.event_count for line in impact.breakdown),
        total_bookings=sum(line.affected_bookings for line in impact.breakdown),
        days=_days(impact),
        calculations=_calculations(impact),
        method=(METHOD[0], LOSS_METHOD[impact.config.booking_loss_method], *METHOD[1:]),
        source=f"Calculated with {source}, amounts in {currency}.",
        note=""
        if impact.has_previous_data
        else "Nothing was recorded in the previous period: there is nothing to compare with.",
        generated_at=now,
    )


def money(amount: Decimal, currency: str) -> str:
    """Return an amount with its currency, thousands apart, two decimals.

    >>> money(Decimal("1234.5"), "USD"), money(Decimal(0), "CHF")
    ('$1,234.50', 'CHF 0.00')
    """
    text = f"{amount:,.2f}"
    return f"{SYMBOLS[currency]}{text}" if currency in SYMBOLS else f"{currency} {text}"


def percent(ratio: Decimal) -> str:
    """Return a ratio as a percentage without needless zeros.

    >>> percent(Decimal("0.050"))
    '5 %'
    """
    return f"{plain_number((ratio * 100).normalize())} %"


SORTS: dict[str, Callable[[Row], Any]] = {
    "integration": lambda row: row.line.integration_name.casefold(),
    "type": lambda row: row.type_label,
    "events": lambda row: row.line.event_count,
    "bookings": lambda row: row.line.affected_bookings,
    "loss": lambda row: row.line.estimated_loss,
    "change": lambda row: (row.line.change is not None, row.line.change or 0),
}


def sorted_rows(rows: Sequence[Row], sort: str) -> list[Row]:
    """Return rows by one of SORTS, `-` before its name for the largest first; as they are for any other text."""
    key = SORTS.get(sort.removeprefix("-"))
    return sorted(rows, key=key, reverse=sort.startswith("-")) if key else list(rows)


def _subject(impact: Impact) -> str:
    names = list(impact.names.values())
    return names[0] if len(names) == 1 else f"{len(names)} active integrations"


def _kpis(impact: Impact) -> tuple[Kpi, ...]:
    figures = [
        ("Revenue at risk", impact.at_risk, "up", "What sync failures and lost bookings put at risk"),
        ("Revenue protected", impact.protected, "down", "Benchmark leakage that did not occur"),
        ("Benchmark leakage", impact.benchmark, "", "What leaks on average, by the figures in force"),
    ]
    return tuple(
        Kpi(
            label=label,
            value=money(figure.value, impact.currency),
            change=change_text(figure.change),
            trend=figure.trend,
            bad=bad,
            meaning=meaning,
            comparable=impact.has_previous_data or figure is impact.benchmark,
            figure=figure,
        )
        for label, figure, bad, meaning in figures
    )


def _row(line: BreakdownLine, currency: str) -> Row:
    return Row(
        line=line,
        type_label=str(EventType(line.impact_type).label),
        loss=money(line.estimated_loss, currency),
        change=change_text(line.change),
    )


def _days(impact: Impact) -> tuple[Day, ...]:
    return tuple(
        Day(
            date=point.date,
            at_risk=money(point.at_risk, impact.currency),
            protected=money(point.protected, impact.currency),
            benchmark=money(point.benchmark, impact.currency),
            previous_at_risk=money(before.at_risk, impact.currency),
        )
        for point, before in zip(impact.series, impact.previous_series, strict=True)
    )


def _calculations(impact: Impact) -> tuple[Calculation, ...]:
    width = len(EVENT_TYPES)
    lines = impact.outcome.lines
    return tuple(
        Calculation(
            name=impact.names[row.integration_id],
            steps=_steps(row, lines[index * width : (index + 1) * width], impact),
        )
        for index, row in enumerate(impact.outcome.integrations)
    )


def _steps(row: IntegrationFigures, lines: Sequence[Line], impact: Impact) -> tuple[Step, ...]:
    def cash(amount: Decimal) -> str:
        return money(amount, impact.currency)

    value, leakage = cash(row.figures.avg_booking_value), percent(row.figures.leakage_percentage)
    volume = f"{plain_number(row.figures.bookings_per_day)} bookings a day"
    steps = []
    for line in lines:
        known = f" + {cash(line.lost_amount)} known losses" if line.lost_amount else ""
        bookings = f"{line.unpriced_bookings:,} booking{'' if line.unpriced_bookings == 1 else 's'} × {value}"
        formula = f"{bookings} × {leakage}{known}"
        if line.event_type == LOSS:
            by_rate = f"mean loss rate of each day × {volume} × {value} = {cash(row.loss_by_rate)}"
            by_events = f"{bookings}{known} = {cash(row.loss_by_events)}"
            formula = {
                BookingLossMethod.RATE: by_rate,
                BookingLossMethod.EVENTS: by_events,
                BookingLossMethod.MAX: f"day by day the larger of: {by_rate}; {by_events}",
            }[impact.config.booking_loss_method]
        steps.append(
            Step(label=str(EventType(line.event_type).label), formula=formula, result=cash(line.estimated_loss))
        )
    days = f"{impact.period.days} days"
    steps += [
        Step(label="Revenue at risk", formula="the sum of the three", result=cash(row.at_risk)),
        Step(
            label="Benchmark leakage",
            formula=f"{volume} × {days} × {value} × {leakage}",
            result=cash(row.benchmark),
        ),
        Step(
            label="Revenue protected",
            formula=f"{cash(row.benchmark)} − {cash(row.at_risk)}, at least 0",
            result=cash(row.protected),
        ),
    ]
    return tuple(steps)
