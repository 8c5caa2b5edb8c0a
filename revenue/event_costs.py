"""What a set of events cost, apart from days and periods: the same rules as for a period. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from revenue.calculator import EVENT_TYPES, LOSS, ZERO, round_money, sync_loss
from revenue.config import Figures
from revenue.presenter import money, percent


@dataclass(frozen=True, slots=True)
class EventSums:
    """Events of one type: their number, the affected bookings of those without a lossAmount, and the lossAmounts."""

    events: int
    unpriced_bookings: int
    lost_amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """The loss by the events of one type, in cents; `formula` tells how it comes about, with the numbers filled in."""

    event_type: str
    events: int
    loss: Decimal
    formula: str


@dataclass(frozen=True, slots=True)
class EventsCost:
    """What the events cost: a line for each type that has any; money is `money(amount, currency)` in words."""

    currency: str
    lines: tuple[CostLine, ...]

    @property
    def total(self) -> Decimal:
        return sum((line.loss for line in self.lines), ZERO)

    @property
    def total_in_words(self) -> str:
        return money(self.total, self.currency)


def price_events(sums: Mapping[str, EventSums], figures: Figures, currency: str) -> EventsCost:
    """
    Return what these events cost.

    Parameters
    ----------
    sums : by event type.
    figures : V (money per booking) and L (ratio) of their integration.

    Notes
    -----
    With U unpriced bookings and A the sum of lossAmounts: sync failures cost U V L + A, lost bookings U V + A; each
    line is rounded to cents. Rates that were observed are of days, not of events, and do not count here.

    Examples
    --------
    >>> figures = Figures(avg_booking_value=Decimal(250), leakage_percentage=Decimal("0.05"),
    ...     bookings_per_day=Decimal(10))
    >>> cost = price_events({"fee_sync_error": EventSums(3, 2, Decimal("10.50"))}, figures, "USD")
    >>> cost.total_in_words, cost.lines[0].loss
    ('$35.50', Decimal('35.50'))
    """
    lines = []
    for event_type in EVENT_TYPES:
        row = sums.get(event_type)
        if row is None or not row.events:
            continue
        unpriced, lost = row.unpriced_bookings, row.lost_amount
        loss = unpriced * figures.avg_booking_value + lost if event_type == LOSS else sync_loss(unpriced, lost, figures)
        formula = _formula(event_type, row, figures, currency)
        lines.append(CostLine(event_type=event_type, events=row.events, loss=round_money(loss), formula=formula))
    return EventsCost(currency, tuple(lines))


def _formula(event_type: str, row: EventSums, figures: Figures, currency: str) -> str:
    parts = []
    if row.unpriced_bookings:
        share = "" if event_type == LOSS else f" × {percent(figures.leakage_percentage)}"
        bookings = f"{row.unpriced_bookings:,} booking{'s' if row.unpriced_bookings != 1 else ''}"
        parts.append(f"{bookings} × {money(figures.avg_booking_value, currency)}{share}")
    if row.lost_amount or not parts:
        parts.append(f"{money(row.lost_amount, currency)} known losses")
    return " + ".join(parts)
