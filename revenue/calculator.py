"""What ill health costs: daily sums and a configuration in, money out. Pure; every rule in prose: docs/revenue.md."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from operator import add
from typing import NamedTuple

from revenue.config import BookingLossMethod, Figures, RevenueConfig
from revenue.outcome import DayPoint, IntegrationFigures, Line, Outcome

PRICING, FEES, LOSS = "pricing_sync_error", "fee_sync_error", "booking_loss"
EVENT_TYPES = (PRICING, FEES, LOSS)
ZERO = Decimal(0)
CENT = Decimal("0.01")
# Means are quotients, so amounts can be a hair off a half cent; snapping to 20 decimals makes ties exact again.
_SNAP = Decimal("1e-20")
_PRECISION = Context(prec=50)


class DaySums(NamedTuple):
    """The daily sums of one integration that money depends on; one row of `integration_days`.

    Counts are whole numbers of at least 0; `*_lost_amount` are sums of lossAmounts in the currency of the
    configuration; `booking_loss_rate_sum` is the sum of `booking_loss_rate_count` ratios in 0..1.
    """

    integration_id: str
    day: date
    pricing_sync_error_events: int = 0
    pricing_sync_error_affected_bookings: int = 0
    pricing_sync_error_unpriced_bookings: int = 0
    pricing_sync_error_lost_amount: Decimal = ZERO
    fee_sync_error_events: int = 0
    fee_sync_error_affected_bookings: int = 0
    fee_sync_error_unpriced_bookings: int = 0
    fee_sync_error_lost_amount: Decimal = ZERO
    booking_loss_events: int = 0
    booking_loss_affected_bookings: int = 0
    booking_loss_unpriced_bookings: int = 0
    booking_loss_lost_amount: Decimal = ZERO
    booking_loss_rate_count: int = 0
    booking_loss_rate_sum: Decimal = ZERO


def round_money(amount: Decimal) -> Decimal:
    """Return an amount in whole cents, half a cent upwards: the one place where money is rounded.

    >>> round_money(Decimal("0.005")), round_money(Decimal("2.0049"))
    (Decimal('0.01'), Decimal('2.00'))
    """
    return amount.quantize(_SNAP, context=_PRECISION).quantize(CENT, ROUND_HALF_UP, context=_PRECISION)


def sync_loss(unpriced_bookings: int, lost_amount: Decimal, figures: Figures) -> Decimal:
    """Return the loss by sync failures: `unpriced_bookings` x V x L + `lost_amount`, not rounded.

    >>> sync_loss(3, Decimal("10.50"), Figures(
    ...     avg_booking_value=Decimal(250), leakage_percentage=Decimal("0.05"), bookings_per_day=Decimal(10)))
    Decimal('48.00')
    """
    return unpriced_bookings * figures.avg_booking_value * figures.leakage_percentage + lost_amount


def calculate(
    rows: Iterable[DaySums], *, integrations: Sequence[str], days: Sequence[date], config: RevenueConfig
) -> Outcome:
    """Return what the ill health of these integrations cost over these days.

    Answers how much booking revenue the recorded events and observed loss rates put at risk, and how much of the
    benchmark leakage did not occur. It is an estimate from averages: it does not claim that a given booking was lost,
    nor that what did not leak was saved by the product.

    Parameters
    ----------
    rows : at most one per integration and day, in any order; rows of other integrations or days are left out.
    integrations : ids of the integrations that count, in the order of the lines.
    days : the UTC days of the period, oldest first, each once.
    config : currency, method, and for each integration V (money per booking, above 0), L (ratio in 0.03..0.07) and
        B (bookings per day, at least 0).

    Returns
    -------
    One line for every integration and event type, one entry per integration, one point per day. No figure is
    negative. Lines and benchmarks are rounded to cents, half up; at risk, benchmark and protected are sums of these.

    Notes
    -----
    For integration i, with U unpriced bookings and A the sum of lossAmounts::

        pricing_sync_error  =  U V L + A
        fee_sync_error      =  U V L + A
        booking_loss        =  sum over days of  r B V           by `rate`
                                                 U V + A         by `events`
                                                 the larger one  by `max`
        at risk             =  the sum of the three
        benchmark           =  B x days x V x L
        protected           =  max(0, benchmark - at risk)

    with r the mean booking_loss_rate of the day. A day without observations has r = 0: what nobody measured adds
    nothing. A day without a row adds nothing to the loss, and its share to the benchmark. No integrations: all zero.

    Examples
    --------
    >>> row = DaySums("vrbo", date(2026, 3, 1), fee_sync_error_events=2, fee_sync_error_unpriced_bookings=2)
    >>> outcome = calculate([row], integrations=["vrbo"], days=[date(2026, 3, 1)], config=RevenueConfig())
    >>> outcome.at_risk, outcome.benchmark, outcome.protected
    (Decimal('25.00'), Decimal('125.00'), Decimal('100.00'))
    """
    with localcontext(_PRECISION):
        place = {day: at for at, day in enumerate(days)}
        grouped: dict[str, list[DaySums]] = {slug: [] for slug in integrations}
        for row in rows:
            if row.day in place and row.integration_id in grouped:
                grouped[row.integration_id].append(row)
        parts = [_integration(slug, grouped[slug], place, config) for slug in integrations]
        return Outcome(
            lines=tuple(line for part in parts for line in part.lines),
            integrations=tuple(part.totals for part in parts),
            series=_series(parts, days),
            measured=frozenset(slug for slug, own in grouped.items() if own),
        )


class _Columns(NamedTuple):
    """The rows of one integration turned on their side; the names are those of `DaySums`."""

    integration_id: Sequence[str] = ()
    day: Sequence[date] = ()
    pricing_sync_error_events: Sequence[int] = ()
    pricing_sync_error_affected_bookings: Sequence[int] = ()
    pricing_sync_error_unpriced_bookings: Sequence[int] = ()
    pricing_sync_error_lost_amount: Sequence[Decimal] = ()
    fee_sync_error_events: Sequence[int] = ()
    fee_sync_error_affected_bookings: Sequence[int] = ()
    fee_sync_error_unpriced_bookings: Sequence[int] = ()
    fee_sync_error_lost_amount: Sequence[Decimal] = ()
    booking_loss_events: Sequence[int] = ()
    booking_loss_affected_bookings: Sequence[int] = ()
    booking_loss_unpriced_bookings: Sequence[int] = ()
    booking_loss_lost_amount: Sequence[Decimal] = ()
    booking_loss_rate_count: Sequence[int] = ()
    booking_loss_rate_sum: Sequence[Decimal] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """One integration: its lines and totals, its benchmark a day, and its loss on each day of the period."""

    lines: list[Line]
    totals: IntegrationFigures
    leak: Decimal
    losses: list[Decimal]


def _integration(slug: str, rows: Sequence[DaySums], place: Mapping[date, int], config: RevenueConfig) -> _Part:
    figures = config.figures_of(slug)
    columns = _Columns(*zip(*rows, strict=True)) if rows else _Columns()
    by_rate, by_events = _losses_by_rate(columns, figures), _losses_by_events(columns, figures)
    chosen = {
        BookingLossMethod.RATE: by_rate,
        BookingLossMethod.EVENTS: by_events,
        BookingLossMethod.MAX: [
            rate if rate > events else events for rate, events in zip(by_rate, by_events, strict=True)
        ],
    }[config.booking_loss_method]
    booking_loss = sum(chosen, ZERO)
    lines = [_line(slug, kind, columns, figures, booking_loss) for kind in EVENT_TYPES]
    at_risk = sum((line.estimated_loss for line in lines), ZERO)
    leak = figures.bookings_per_day * figures.avg_booking_value * figures.leakage_percentage
    benchmark = round_money(leak * len(place))
    totals = IntegrationFigures(
        integration_id=slug,
        figures=figures,
        at_risk=at_risk,
        benchmark=benchmark,
        protected=max(Decimal("0.00"), benchmark - at_risk),
        loss_by_rate=round_money(sum(by_rate, ZERO)),
        loss_by_events=round_money(sum(by_events, ZERO)),
    )
    losses = [ZERO] * len(place)
    for day, loss in zip(columns.day, _daily_losses(columns, figures, chosen), strict=True):
        losses[place[day]] = loss
    return _Part(lines, totals, leak, losses)


def _line(slug: str, event_type: str, columns: _Columns, figures: Figures, booking_loss: Decimal) -> Line:
    unpriced = sum(getattr(columns, f"{event_type}_unpriced_bookings"))
    lost = sum(getattr(columns, f"{event_type}_lost_amount"), ZERO)
    exact = booking_loss if event_type == LOSS else sync_loss(unpriced, lost, figures)
    return Line(
        integration_id=slug,
        event_type=event_type,
        estimated_loss=round_money(exact),
        exact_loss=exact,
        events=sum(getattr(columns, f"{event_type}_events")),
        affected_bookings=sum(getattr(columns, f"{event_type}_affected_bookings")),
        unpriced_bookings=unpriced,
        lost_amount=lost,
    )


def _losses_by_rate(columns: _Columns, figures: Figures) -> list[Decimal]:
    volume = figures.bookings_per_day * figures.avg_booking_value
    counts, totals = columns.booking_loss_rate_count, columns.booking_loss_rate_sum
    return [total * volume / count if count else ZERO for count, total in zip(counts, totals, strict=True)]


def _losses_by_events(columns: _Columns, figures: Figures) -> list[Decimal]:
    value = figures.avg_booking_value
    unpriced, lost = columns.booking_loss_unpriced_bookings, columns.booking_loss_lost_amount
    return [bookings * value + amount for bookings, amount in zip(unpriced, lost, strict=True)]


def _daily_losses(columns: _Columns, figures: Figures, booking_losses: Sequence[Decimal]) -> list[Decimal]:
    leaked = figures.avg_booking_value * figures.leakage_percentage
    return [
        (pricing + fees) * leaked + pricing_lost + fees_lost + booking_loss
        for pricing, fees, pricing_lost, fees_lost, booking_loss in zip(
            columns.pricing_sync_error_unpriced_bookings,
            columns.fee_sync_error_unpriced_bookings,
            columns.pricing_sync_error_lost_amount,
            columns.fee_sync_error_lost_amount,
            booking_losses,
            strict=True,
        )
    ]


def _series(parts: Sequence[_Part], days: Sequence[date]) -> tuple[DayPoint, ...]:
    """Add up each day; what is protected on it is the benchmark less each integration's loss, at most its own share."""
    benchmark = sum((part.leak for part in parts), ZERO)
    at_risk, leaked = [ZERO] * len(days), [ZERO] * len(days)
    for part in parts:
        capped = [loss if loss < part.leak else part.leak for loss in part.losses]
        at_risk, leaked = list(map(add, at_risk, part.losses)), list(map(add, leaked, capped))
    every_day = round_money(benchmark)
    return tuple(
        DayPoint(day, at_risk=round_money(lost), protected=round_money(benchmark - leak), benchmark=every_day)
        for day, lost, leak in zip(days, at_risk, leaked, strict=True)
    )
