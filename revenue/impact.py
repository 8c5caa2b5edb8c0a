"""The figures of a period beside those of the one before: what API, pages and reports show. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from integrations import rules
from integrations.choices import Trend
from qa_observability.periods import Period
from revenue.config import RevenueConfig
from revenue.outcome import DayPoint, Line, Outcome

HIGH_SHARE, MEDIUM_SHARE = Decimal("0.30"), Decimal("0.10")


class ImpactLevel(StrEnum):
    """How much of the revenue at risk a line stands for: high from 30 %, medium from 10 %."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigure:
    """One figure with its direction; `change` in percent with one decimal, None where the previous figure is 0."""

    value: Decimal
    previous: Decimal
    change: Decimal | None
    trend: Trend


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakdownLine:
    """The loss of one integration by one event type, `impact_type`."""

    integration_id: str
    integration_name: str
    impact_type: str
    impact: ImpactLevel
    estimated_loss: Decimal
    previous_loss: Decimal
    affected_bookings: int
    event_count: int
    change: Decimal | None
    trend: Trend


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """Everything that is known about the cost of a period; `revision` is the number of the configuration in force."""

    period: Period
    config: RevenueConfig
    revision: int | None
    names: Mapping[str, str]
    at_risk: KeyFigure
    protected: KeyFigure
    benchmark: KeyFigure
    breakdown: tuple[BreakdownLine, ...]
    outcome: Outcome
    previous_series: tuple[DayPoint, ...]
    has_previous_data: bool

    @property
    def currency(self) -> str:
        return self.config.currency

    @property
    def series(self) -> tuple[DayPoint, ...]:
        return self.outcome.series


def percent_change(current: Decimal, previous: Decimal) -> Decimal | None:
    """Return the change in percent with one decimal, half away from zero; None where the previous figure is 0.

    >>> percent_change(Decimal("94.8"), Decimal(100)), percent_change(Decimal(5), Decimal(0))
    (Decimal('-5.2'), None)
    """
    if not previous:
        return None
    change = ((current - previous) * 100 / previous).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return change if change else abs(change)


def level(loss: Decimal, total: Decimal) -> ImpactLevel:
    """Return how much of the revenue at risk a loss stands for; low where nothing is at risk.

    >>> level(Decimal(30), Decimal(100)).value, level(Decimal(0), Decimal(0)).value
    ('high', 'low')
    """
    if loss and loss >= HIGH_SHARE * total:
        return ImpactLevel.HIGH
    return ImpactLevel.MEDIUM if loss and loss >= MEDIUM_SHARE * total else ImpactLevel.LOW


def compare(
    current: Outcome,
    previous: Outcome,
    *,
    period: Period,
    names: Mapping[str, str],
    config: RevenueConfig,
    revision: int | None,
) -> Impact:
    """Return the figures of `current` with their direction since `previous`.

    Parameters
    ----------
    current, previous : outcomes of the period and of as many days before it, of the same integrations in the same
        order, under the same configuration.
    names : of the integrations, by id.

    Notes
    -----
    The breakdown holds the lines with an event or a loss, most expensive first. A trend is neutral where the previous
    period holds no row of what is compared, all integrations or the line's: there is nothing to compare with.
    `change` follows the figures alone.
    """
    total = current.at_risk
    lines = [
        _line(now, before, names, total, comparable=now.integration_id in previous.measured)
        for now, before in zip(current.lines, previous.lines, strict=True)
        if now.events or now.exact_loss
    ]
    return Impact(
        period=period,
        config=config,
        revision=revision,
        names=names,
        at_risk=_figure(current.at_risk, previous.at_risk, comparable=bool(previous.measured)),
        protected=_figure(current.protected, previous.protected, comparable=bool(previous.measured)),
        benchmark=_figure(current.benchmark, previous.benchmark, comparable=True),
        breakdown=tuple(sorted(lines, key=lambda line: -line.estimated_loss)),
        outcome=current,
        previous_series=previous.series,
        has_previous_data=bool(previous.measured),
    )


def _figure(value: Decimal, previous: Decimal, *, comparable: bool) -> KeyFigure:
    return KeyFigure(
        value=value,
        previous=previous,
        change=percent_change(value, previous),
        trend=rules.trend(value, previous if comparable else None),
    )


def _line(now: Line, before: Line, names: Mapping[str, str], total: Decimal, *, comparable: bool) -> BreakdownLine:
    figure = _figure(now.estimated_loss, before.estimated_loss, comparable=comparable)
    return BreakdownLine(
        integration_id=now.integration_id,
        integration_name=names[now.integration_id],
        impact_type=now.event_type,
        impact=level(now.estimated_loss, total),
        estimated_loss=figure.value,
        previous_loss=figure.previous,
        affected_bookings=now.affected_bookings,
        event_count=now.events,
        change=figure.change,
        trend=figure.trend,
    )
