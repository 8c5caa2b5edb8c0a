"""Worked by hand; V = 250, L = 0.05 and B = 10 where nothing else is said."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from revenue.calculator import DaySums, calculate, round_money
from revenue.config import BookingLossMethod, Overrides, RevenueConfig

DAY = date(2026, 3, 1)
DAYS = [DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)]
DEFAULTS = RevenueConfig()


def outcome(*rows, integrations=("vrbo",), days=DAYS, config=DEFAULTS):
    return calculate(rows, integrations=list(integrations), days=days, config=config)


def losses(result):
    return [line.estimated_loss for line in result.lines]


def test_no_rows_cost_nothing_and_protect_the_benchmark():
    result = outcome()
    assert losses(result) == [0, 0, 0]
    assert result.at_risk == 0
    assert result.benchmark == Decimal("375.00")  # 10 x 3 x 250 x 0.05
    assert result.protected == Decimal("375.00")
    assert result.measured == frozenset()


def test_no_integrations_are_all_zero():
    result = outcome(integrations=())
    assert (result.at_risk, result.benchmark, result.protected) == (0, 0, 0)
    assert [point.benchmark for point in result.series] == [0, 0, 0]


def test_pricing_loss_is_unpriced_bookings_times_value_times_leakage_plus_loss_amounts():
    row = DaySums("vrbo", DAY, pricing_sync_error_unpriced_bookings=7, pricing_sync_error_lost_amount=Decimal("20.25"))
    assert losses(outcome(row)) == [Decimal("107.75"), 0, 0]  # 7 x 12.50 + 20.25


def test_fee_loss_is_calculated_likewise():
    row = DaySums("vrbo", DAY, fee_sync_error_unpriced_bookings=2, fee_sync_error_lost_amount=Decimal("0.5"))
    assert losses(outcome(row)) == [0, Decimal("25.50"), 0]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        # day 1: rate (0.02 + 0.04) / 2 x 10 x 250 = 75, events 1 x 250 + 30 = 280
        # day 2: rate 0.2 x 2500 = 500, events 0;  day 3: no observation, events 100
        (BookingLossMethod.RATE, "575.00"),
        (BookingLossMethod.EVENTS, "380.00"),
        (BookingLossMethod.MAX, "880.00"),
    ],
)
def test_booking_loss_follows_the_method_day_by_day(method, expected):
    rows = [
        DaySums(
            "vrbo",
            DAYS[0],
            booking_loss_unpriced_bookings=1,
            booking_loss_lost_amount=Decimal(30),
            booking_loss_rate_count=2,
            booking_loss_rate_sum=Decimal("0.06"),
        ),
        DaySums("vrbo", DAYS[1], booking_loss_rate_count=1, booking_loss_rate_sum=Decimal("0.2")),
        DaySums("vrbo", DAYS[2], booking_loss_lost_amount=Decimal(100)),
    ]
    result = outcome(*rows, config=RevenueConfig(booking_loss_method=method))
    assert losses(result)[2] == Decimal(expected)
    assert result.integrations[0].loss_by_rate == Decimal("575.00")
    assert result.integrations[0].loss_by_events == Decimal("380.00")


def test_figures_of_an_integration_replace_the_global_ones_one_by_one():
    config = RevenueConfig(integrations={"airbnb": Overrides(avg_booking_value=Decimal(300))})
    row = DaySums("airbnb", DAY, fee_sync_error_unpriced_bookings=1)
    result = outcome(row, integrations=("airbnb",), config=config)
    assert result.at_risk == Decimal("15.00")  # 300 x the global 0.05
    assert result.benchmark == Decimal("450.00")  # the global 10 x 3 x 300 x 0.05


def test_each_line_is_rounded_half_up_and_totals_are_their_sums():
    half_a_cent = {"pricing_sync_error_lost_amount": Decimal("0.005"), "fee_sync_error_lost_amount": Decimal("0.005")}
    result = outcome(DaySums("vrbo", DAY, **half_a_cent))
    assert losses(result) == [Decimal("0.01"), Decimal("0.01"), 0]
    assert result.at_risk == Decimal("0.02")


def test_a_half_cent_is_one_even_where_means_do_not_end():
    config = RevenueConfig(avg_booking_value=Decimal("0.0005"), booking_loss_method=BookingLossMethod.RATE)
    rows = [DaySums("vrbo", day, booking_loss_rate_count=3, booking_loss_rate_sum=Decimal(1)) for day in DAYS]
    # 3 days x 1/3 x 10 x 0.0005 = 0.005
    assert losses(outcome(*rows, config=config))[2] == Decimal("0.01")


def test_protected_is_what_is_left_of_the_benchmark_integration_by_integration():
    over = DaySums("vrbo", DAY, fee_sync_error_lost_amount=Decimal(400))  # its benchmark is 375
    under = DaySums("airbnb", DAY, fee_sync_error_lost_amount=Decimal(100))
    result = outcome(over, under, integrations=("airbnb", "vrbo"))
    assert [row.protected for row in result.integrations] == [Decimal("275.00"), Decimal("0.00")]
    assert result.protected == Decimal("275.00")


def test_rows_of_other_integrations_and_days_are_left_out():
    rows = [
        DaySums("google", DAY, fee_sync_error_lost_amount=Decimal(1)),
        DaySums("vrbo", DAY - timedelta(days=1), fee_sync_error_lost_amount=Decimal(1)),
    ]
    assert outcome(*rows).at_risk == 0


def test_series_has_a_point_for_every_day_as_if_it_were_a_period():
    rows = [
        DaySums("vrbo", DAYS[0], fee_sync_error_lost_amount=Decimal(25)),
        DaySums("vrbo", DAYS[2], fee_sync_error_lost_amount=Decimal(1000)),
    ]
    points = outcome(*rows).series
    assert [point.date for point in points] == DAYS
    assert [point.at_risk for point in points] == [25, 0, 1000]
    assert [point.protected for point in points] == [100, 125, 0]
    assert {point.benchmark for point in points} == {Decimal("125.00")}


def test_the_document_of_the_contract_over_thirty_days():
    """The figures of the contract's YAML: two integrations with their own, one with the global ones."""
    config = RevenueConfig(
        integrations={
            "booking-com": Overrides(
                avg_booking_value=Decimal("280.00"), leakage_percentage=Decimal("0.06"), bookings_per_day=Decimal(40)
            ),
            "airbnb": Overrides(avg_booking_value=Decimal("300.00"), leakage_percentage=Decimal("0.07")),
        }
    )
    days = [DAY + timedelta(days=offset) for offset in range(30)]
    rows = [
        DaySums("booking-com", days[3], pricing_sync_error_unpriced_bookings=11),  # 11 x 280 x 0.06 = 184.80
        DaySums("airbnb", days[4], fee_sync_error_unpriced_bookings=3),  # 3 x 300 x 0.07 = 63.00
        DaySums("vrbo", days[5], booking_loss_unpriced_bookings=2),  # 2 x 250 = 500.00
    ]
    result = outcome(*rows, integrations=("booking-com", "airbnb", "vrbo"), days=days, config=config)
    assert result.at_risk == Decimal("747.80")
    # 40 x 30 x 280 x 0.06 = 20160; 10 x 30 x 300 x 0.07 = 6300; 10 x 30 x 250 x 0.05 = 3750
    assert [row.benchmark for row in result.integrations] == [20160, 6300, 3750]
    assert result.protected == Decimal("29462.20")


def test_money_is_rounded_half_up():
    assert [round_money(Decimal(text)) for text in ("0.004999", "0.005", "0.015", "2.675")] == [
        Decimal("0.00"),
        Decimal("0.01"),
        Decimal("0.02"),
        Decimal("2.68"),
    ]
