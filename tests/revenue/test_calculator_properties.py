"""What holds for any input: never negative, additive, monotone, independent of order."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from revenue.calculator import DaySums, calculate
from revenue.config import BookingLossMethod, RevenueConfig

FIRST = date(2026, 1, 1)
DAYS = [FIRST + timedelta(days=offset) for offset in range(6)]
SLUGS = ["airbnb", "booking-com", "vrbo"]
counts = st.integers(0, 10_000)
amounts = st.decimals(0, 100_000, places=4)


@st.composite
def day_sums(draw, slug, day):
    count = draw(st.integers(0, 50))
    rate = draw(st.decimals(0, 1, places=4)) * count
    measures = []
    for _ in range(3):
        bookings = draw(counts)
        measures += [draw(counts), bookings, draw(st.integers(0, bookings)), draw(amounts)]
    return DaySums(slug, day, *measures, count, rate)


@st.composite
def all_rows(draw, slugs=tuple(SLUGS), days=tuple(DAYS)):
    keys = [(slug, day) for slug in slugs for day in days]
    chosen = draw(st.lists(st.sampled_from(keys), unique=True, max_size=8))
    return [draw(day_sums(slug, day)) for slug, day in chosen]


configs = st.builds(
    RevenueConfig,
    avg_booking_value=st.decimals("0.01", 100_000, places=2),
    leakage_percentage=st.decimals("0.03", "0.07", places=4),
    bookings_per_day=st.decimals(0, 1000, places=1),
    booking_loss_method=st.sampled_from(BookingLossMethod),
)


def exact(rows, config, *, slugs=SLUGS, days=DAYS):
    result = calculate(rows, integrations=slugs, days=days, config=config)
    return {(line.integration_id, line.event_type): line.exact_loss for line in result.lines}


def total(rows, config, **kwargs):
    return sum(exact(rows, config, **kwargs).values())


def close(one, other):
    """Equal but for the last of 50 digits, where means are quotients."""
    return abs(one - other) <= Decimal("1e-25")


def in_cents(amount):
    """Half a cent upwards, of an amount as a fraction, which knows no rounding before."""
    return Decimal((amount * 100 + Fraction(1, 2)).__floor__()).scaleb(-2)


def by_the_book(row, config):
    """The three losses of one day by the formulas of docs/revenue.md, as fractions."""
    value, leakage, bookings = (
        Fraction(figure) for figure in (config.avg_booking_value, config.leakage_percentage, config.bookings_per_day)
    )
    pricing = row.pricing_sync_error_unpriced_bookings * value * leakage + Fraction(row.pricing_sync_error_lost_amount)
    fees = row.fee_sync_error_unpriced_bookings * value * leakage + Fraction(row.fee_sync_error_lost_amount)
    count = row.booking_loss_rate_count
    by_rate = Fraction(row.booking_loss_rate_sum) / count * bookings * value if count else Fraction(0)
    by_events = row.booking_loss_unpriced_bookings * value + Fraction(row.booking_loss_lost_amount)
    chosen = {
        BookingLossMethod.RATE: by_rate,
        BookingLossMethod.EVENTS: by_events,
        BookingLossMethod.MAX: max(by_rate, by_events),
    }[config.booking_loss_method]
    return pricing, fees, chosen


@settings(max_examples=100, deadline=None)
@given(all_rows(), configs)
def test_every_figure_is_to_the_cent_what_fractions_tell(rows, config):
    result = calculate(rows, integrations=SLUGS, days=DAYS, config=config)
    losses = {(row.integration_id, row.day): by_the_book(row, config) for row in rows}
    leak = Fraction(config.bookings_per_day) * Fraction(config.avg_booking_value) * Fraction(config.leakage_percentage)
    nothing = (Fraction(0),) * 3
    lines = [
        [in_cents(sum(losses.get((slug, day), nothing)[kind] for day in DAYS)) for kind in range(3)] for slug in SLUGS
    ]
    benchmark = in_cents(leak * len(DAYS))
    assert [line.estimated_loss for line in result.lines] == [loss for own in lines for loss in own]
    assert [row.benchmark for row in result.integrations] == [benchmark] * len(SLUGS)
    assert [row.protected for row in result.integrations] == [max(benchmark - sum(own), 0) for own in lines]
    for day, point in zip(DAYS, result.series, strict=True):
        of_day = [sum(losses.get((slug, day), nothing)) for slug in SLUGS]
        kept = sum(max(leak - loss, Fraction(0)) for loss in of_day)
        wanted = (day, in_cents(sum(of_day)), in_cents(kept), in_cents(leak * len(SLUGS)))
        assert (point.date, point.at_risk, point.protected, point.benchmark) == wanted


@settings(max_examples=60, deadline=None)
@given(all_rows(), configs)
def test_no_figure_is_negative(rows, config):
    result = calculate(rows, integrations=SLUGS, days=DAYS, config=config)
    assert min(line.estimated_loss for line in result.lines) >= 0
    assert min(result.at_risk, result.benchmark, result.protected) >= 0
    for point in result.series:
        assert min(point.at_risk, point.protected, point.benchmark) >= 0


@settings(max_examples=60, deadline=None)
@given(all_rows(), configs, st.integers(1, 5))
def test_losses_add_up_over_days(rows, config, cut):
    first = total(rows, config, days=DAYS[:cut])
    second = total(rows, config, days=DAYS[cut:])
    assert close(first + second, total(rows, config))


@settings(max_examples=60, deadline=None)
@given(all_rows(), configs)
def test_every_figure_adds_up_over_integrations_to_the_cent(rows, config):
    together = calculate(rows, integrations=SLUGS, days=DAYS, config=config)
    apart = [calculate(rows, integrations=[slug], days=DAYS, config=config) for slug in SLUGS]
    for name in ("at_risk", "benchmark", "protected"):
        assert getattr(together, name) == sum(getattr(one, name) for one in apart)


@settings(max_examples=60, deadline=None)
@given(all_rows(), configs, st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(rows, config, random):
    shuffled = random.sample(rows, len(rows))
    ordered = calculate(rows, integrations=SLUGS, days=DAYS, config=config)
    other = calculate(shuffled, integrations=SLUGS, days=DAYS, config=config)
    assert [line.estimated_loss for line in ordered.lines] == [line.estimated_loss for line in other.lines]
    assert ordered.series == other.series


@settings(max_examples=60, deadline=None)
@given(day_sums("vrbo", FIRST), configs, st.sampled_from(DaySums._fields[2:14]), st.integers(1, 100))
def test_more_of_anything_never_costs_less(row, config, name, more):
    worse = row._replace(**{name: getattr(row, name) + more})
    assert total([worse], config) >= total([row], config)


@settings(max_examples=60, deadline=None)
@given(day_sums("vrbo", FIRST), configs, st.decimals(0, 1, places=4))
def test_a_higher_loss_rate_never_costs_less(row, config, more):
    worse = row._replace(booking_loss_rate_sum=row.booking_loss_rate_sum + more)
    assert total([worse], config) >= total([row], config)


@settings(max_examples=60, deadline=None)
@given(all_rows(), configs, st.sampled_from(["avg_booking_value", "leakage_percentage", "bookings_per_day"]))
def test_higher_figures_never_cost_less(rows, config, name):
    more = {"leakage_percentage": Decimal("0.07")}.get(name, getattr(config, name) + 1)
    dearer = replace(config, **{name: more})
    assert total(rows, dearer) >= total(rows, config)
    before = calculate(rows, integrations=SLUGS, days=DAYS, config=config)
    assert calculate(rows, integrations=SLUGS, days=DAYS, config=dearer).benchmark >= before.benchmark


@settings(max_examples=60, deadline=None)
@given(all_rows(), configs)
def test_the_larger_method_is_at_least_either(rows, config):
    by_method = {method: total(rows, replace(config, booking_loss_method=method)) for method in BookingLossMethod}
    assert by_method[BookingLossMethod.MAX] >= max(by_method.values())
