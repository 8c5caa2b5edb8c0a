"""What the calculation of a period answers: lines, figures of each integration, a point for each day. Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from revenue.config import Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The loss of one integration by one event type over the period.

    `estimated_loss` is rounded to cents, `exact_loss` is not; `unpriced_bookings` and `lost_amount` are what the
    formula multiplies and adds.
    """

    integration_id: str
    event_type: str
    estimated_loss: Decimal
    exact_loss: Decimal
    events: int
    affected_bookings: int
    unpriced_bookings: int
    lost_amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationFigures:
    """The figures of one integration over the period, in cents where they are money."""

    integration_id: str
    figures: Figures
    at_risk: Decimal
    benchmark: Decimal
    protected: Decimal
    loss_by_rate: Decimal
    loss_by_events: Decimal


class DayPoint(NamedTuple):
    """One UTC day over all integrations, as if it were a period of its own; rounded by itself."""

    date: date
    at_risk: Decimal
    protected: Decimal
    benchmark: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The figures of one period: a line for every integration and event type, and what they add up to.

    `measured` are the integrations that have a row at all; the others' zeros mean that nothing is known.
    """

    lines: tuple[Line, ...]
    integrations: tuple[IntegrationFigures, ...]
    series: tuple[DayPoint, ...]
    measured: frozenset[str]

    @property
    def at_risk(self) -> Decimal:
        return sum((line.estimated_loss for line in self.lines), Decimal(0))

    @property
    def benchmark(self) -> Decimal:
        return sum((row.benchmark for row in self.integrations), Decimal(0))

    @property
    def protected(self) -> Decimal:
        return sum((row.protected for row in self.integrations), Decimal(0))
