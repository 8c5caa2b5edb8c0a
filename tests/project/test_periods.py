"""The one definition of a period."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_observability.periods import PERIOD_DAYS, parse_period

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.builds(datetime.fromtimestamp, st.integers(946_684_800, 4_102_444_800), zones)  # 2000 to 2100
names = st.sampled_from(list(PERIOD_DAYS))


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("7d", date(2026, 3, 12)),
        ("30d", date(2026, 2, 17)),
        ("90d", date(2025, 12, 19)),
        ("1y", date(2025, 3, 19)),  # 365 days, the last of them the 18th
    ],
)
def test_a_period_is_that_many_days_with_today_as_the_last(name, first):
    period = parse_period(name, datetime(2026, 3, 18, 14, 5, tzinfo=UTC))
    assert (period.first_day, period.last_day) == (first, date(2026, 3, 18))
    assert len(period.dates) == PERIOD_DAYS[name] == period.days


def test_a_year_is_365_days_in_a_leap_year_too():
    period = parse_period("1y", datetime(2024, 12, 31, 12, tzinfo=UTC))
    assert period.first_day == date(2024, 1, 2)


def test_a_period_starts_at_midnight_utc_and_includes_this_very_moment():
    now = datetime(2026, 3, 18, 14, 5, tzinfo=UTC)
    period = parse_period("7d", now)
    assert period.start == datetime(2026, 3, 12, tzinfo=UTC)
    assert period.start <= now < period.end


@pytest.mark.parametrize(
    ("now", "today"),
    [
        (datetime(2026, 3, 18, 23, 59, 59, 999999, tzinfo=UTC), date(2026, 3, 18)),
        (datetime(2026, 3, 19, tzinfo=UTC), date(2026, 3, 19)),
        (datetime(2026, 3, 19, 1, tzinfo=timezone(timedelta(hours=2))), date(2026, 3, 18)),
        (datetime(2026, 3, 18, 20, tzinfo=timezone(timedelta(hours=-5))), date(2026, 3, 19)),
    ],
)
def test_today_is_the_day_in_utc(now, today):
    assert parse_period("7d", now).last_day == today


@pytest.mark.parametrize("text", ["", "7", "7D", " 7d", "7d\n", "8d", "1w", "365d", "٧d", "None"])
def test_another_text_is_refused_with_the_allowed_ones(text):
    with pytest.raises(ValueError, match="7d, 30d, 90d, 1y"):
        parse_period(text, datetime(2026, 3, 18, tzinfo=UTC))


@given(names, moments)
def test_the_previous_period_ends_where_this_one_starts_and_is_as_long(name, now):
    period = parse_period(name, now)
    previous = period.previous
    assert previous.end == period.start
    assert previous.end - previous.start == period.end - period.start == timedelta(days=period.days)
    assert previous.last_day == period.first_day - timedelta(days=1)
    assert previous.name == period.name
    assert not set(previous.dates) & set(period.dates)


@given(names, moments)
def test_dates_run_from_the_first_day_to_the_last_without_a_gap(name, now):
    period = parse_period(name, now)
    assert period.dates == [period.first_day + timedelta(days=offset) for offset in range(PERIOD_DAYS[name])]
    assert period.dates[-1] == period.last_day == now.astimezone(UTC).date()
    assert period.start.utcoffset() == period.end.utcoffset() == timedelta(0)


@given(names, moments, moments)
def test_two_moments_of_one_utc_day_see_the_same_period(name, one, other):
    same_day = one.astimezone(UTC).date() == other.astimezone(UTC).date()
    assert (parse_period(name, one) == parse_period(name, other)) is same_day
