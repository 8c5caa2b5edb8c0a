"""How health follows from what was seen."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from integrations.choices import EventType, HealthStatus, Severity, SyncStatus, Trend
from integrations.rules import (
    Measurements,
    Thresholds,
    derive,
    is_stale,
    judge,
    relative_change,
    status_of,
    status_of_rate,
    sync_status_of,
    trend,
    worst,
)
from tests.conftest import NOW

LIMITS = Thresholds(warning=0.02, critical=0.05)
rates = st.decimals(0, 1, places=4)
statuses = st.lists(st.sampled_from(HealthStatus.values))


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        ("0", "healthy"),
        ("0.0199", "healthy"),
        ("0.02", "warning"),
        ("0.0499", "warning"),
        ("0.05", "critical"),
        ("1", "critical"),
    ],
)
def test_status_changes_exactly_at_two_and_five_percent(rate, expected):
    assert status_of_rate(Decimal(rate), LIMITS) == expected
    assert status_of_rate(float(rate), LIMITS) == expected


@given(rates, rates)
def test_a_higher_rate_is_never_healthier(one, other):
    low, high = sorted([one, other])
    assert worst([status_of_rate(low, LIMITS), status_of_rate(high, LIMITS)]) == status_of_rate(high, LIMITS)


@given(statuses, st.randoms())
def test_worst_does_not_depend_on_order_or_repetition(given_statuses, random):
    shuffled = given_statuses * 2
    random.shuffle(shuffled)
    assert worst(shuffled) == worst(given_statuses)


@given(statuses, statuses)
def test_worst_of_two_groups_is_the_worst_of_their_worst(one, other):
    assert worst([*one, *other]) == worst([worst(one), worst(other)])


def test_worst_of_nothing_is_unknown_and_anything_known_is_told():
    assert worst([]) == HealthStatus.UNKNOWN
    assert worst(["unknown", "healthy"]) == HealthStatus.HEALTHY
    assert worst(["healthy", "warning", "critical"]) == HealthStatus.CRITICAL


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        ({"error_rate": Decimal("0.06")}, "critical"),
        ({"booking_loss_rate": Decimal("0.03")}, "warning"),
        ({"pricing_sync_status": "ok"}, "healthy"),
        ({"pricing_sync_status": "warning"}, "warning"),
        ({"fees_sync_status": "error"}, "critical"),
        ({"error_rate": Decimal(0), "fees_sync_status": "warning"}, "warning"),
        (
            {"error_rate": Decimal("0.03"), "booking_loss_rate": Decimal("0.07"), "pricing_sync_status": "ok"},
            "critical",
        ),
        ({}, "unknown"),
    ],
)
def test_status_is_the_worst_of_all_that_is_known(measured, expected):
    assert status_of(Measurements(**measured), LIMITS) == expected


@given(rates, rates, st.sampled_from(SyncStatus.values), st.sampled_from(SyncStatus.values))
def test_knowing_more_never_makes_it_better(error_rate, booking_loss_rate, pricing, fees):
    less = Measurements(error_rate=error_rate, pricing_sync_status=pricing)
    more = Measurements(
        error_rate=error_rate,
        booking_loss_rate=booking_loss_rate,
        pricing_sync_status=pricing,
        fees_sync_status=fees,
    )
    assert worst([status_of(less, LIMITS), status_of(more, LIMITS)]) == status_of(more, LIMITS)


@pytest.mark.parametrize(
    ("severities", "expected"),
    [
        ([], None),
        (["low"], "ok"),
        (["medium"], "warning"),
        (["high"], "error"),
        (["critical"], "error"),
        (["low", "medium", "low"], "warning"),
        (["critical", "low"], "error"),
    ],
)
def test_sync_status_is_that_of_the_worst_severity(severities, expected):
    assert {sync_status_of(order) for order in permutations(severities)} == {expected}


def test_each_kind_of_event_speaks_for_its_own_sync_status():
    events = [("pricing_sync_error", "medium"), ("pricing_sync_error", "low"), ("fee_sync_error", "critical")]
    measured = derive(events, error_rate=Decimal("0.01"), booking_loss_rate=None)
    assert measured == Measurements(error_rate=Decimal("0.01"), pricing_sync_status="warning", fees_sync_status="error")


def test_a_kind_without_events_keeps_what_was_seen_of_it():
    measured = derive(
        [("fee_sync_error", "high")],
        error_rate=None,
        booking_loss_rate=None,
        pricing_sync_status="ok",
        fees_sync_status="ok",
    )
    assert (measured.pricing_sync_status, measured.fees_sync_status) == ("ok", "error")


def test_lost_bookings_have_no_sync_status():
    measured = derive([("booking_loss", "critical")], error_rate=None, booking_loss_rate=Decimal("0.01"))
    assert measured == Measurements(booking_loss_rate=Decimal("0.01"))


@given(
    st.lists(st.tuples(st.sampled_from(EventType.values), st.sampled_from(Severity.values))),
    st.none() | rates,
    st.none() | rates,
)
def test_events_never_change_a_rate(events, error_rate, booking_loss_rate):
    measured = derive(events, error_rate=error_rate, booking_loss_rate=booking_loss_rate)
    assert (measured.error_rate, measured.booking_loss_rate) == (error_rate, booking_loss_rate)


@pytest.mark.parametrize(
    ("current", "previous", "expected"),
    [
        (110, 100, "up"),
        (90, 100, "down"),
        (101, 100, "up"),  # exactly 1 %
        (99, 100, "down"),
        (100.99, 100, "neutral"),
        (99.01, 100, "neutral"),
        (0, 0, "neutral"),
        (5, 0, "up"),
        (0, 5, "down"),
        (None, 5, "neutral"),
        (5, None, "neutral"),
        (None, None, "neutral"),
        (Decimal("0.031"), Decimal("0.03"), "up"),
    ],
)
def test_trend(current, previous, expected):
    assert trend(current, previous) == expected


@given(st.floats(0.001, 1e6), st.floats(0.001, 1e6))
def test_the_opposite_comparison_has_the_opposite_trend(one, other):
    assume(abs(one - other) > 0.011 * max(one, other))
    opposite = {Trend.UP: Trend.DOWN, Trend.DOWN: Trend.UP}
    assert trend(other, one) == opposite[trend(one, other)]


def test_relative_change_against_nothing_is_unknown():
    assert relative_change(5, 0) is None
    assert relative_change(0, 5) == -1


def test_stale_begins_after_the_limit_not_at_it():
    limit = timedelta(hours=24)
    assert not is_stale(NOW - limit, now=NOW, stale_after=limit)
    assert is_stale(NOW - limit - timedelta(microseconds=1), now=NOW, stale_after=limit)
    assert is_stale(None, now=NOW, stale_after=limit)


def test_reasons_name_the_figure_and_the_limit_worst_first():
    measured = Measurements(
        error_rate=Decimal("0.0310"),
        booking_loss_rate=Decimal("0.0500"),
        pricing_sync_status="ok",
        fees_sync_status="error",
    )
    assert judge(measured, LIMITS) == [
        ("critical", "booking loss 5 % is at or above 5 %"),
        ("critical", "fee sync reports Error"),
        ("warning", "error rate 3.1 % is at or above 2 %"),
        ("healthy", "rate sync reports OK"),
    ]


def test_a_healthy_rate_says_what_it_is_below():
    assert judge(Measurements(error_rate=Decimal("0.0042")), LIMITS) == [("healthy", "error rate 0.42 % is below 2 %")]
