"""Intervals of the timeline: what an address may ask for, how finely it is counted, and where one can go from there."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.intervals import (
    DAY,
    HOUR,
    LONGEST,
    MINUTE,
    SHORTEST,
    Interval,
    neighbours,
    read_interval,
    step_of,
    text_of,
    whole_interval,
)
from qa_observability.periods import PERIOD_DAYS, parse_period
from tests.conftest import NOW


@pytest.mark.parametrize(
    ("length", "step"),
    [
        (10 * MINUTE, MINUTE),
        (3 * HOUR, MINUTE),
        (3 * HOUR + MINUTE, 5 * MINUTE),
        (18 * HOUR, 5 * MINUTE),
        (DAY, 15 * MINUTE),
        (2 * DAY, 15 * MINUTE),
        (7 * DAY, HOUR),
        (8 * DAY + MINUTE, DAY),
        (400 * DAY, DAY),
    ],
)
def test_shorter_intervals_are_counted_more_finely(length, step):
    assert step_of(length) == step


def test_an_interval_is_widened_to_whole_steps():
    shown = read_interval("2026-03-17T14:03Z", "2026-03-18T10:59:30Z", now=NOW)
    assert (text_of(shown.start), text_of(shown.end)) == ("2026-03-17T14:00Z", "2026-03-18T11:00Z")
    assert (shown.step, shown.bins) == (15 * MINUTE, 84)


@pytest.mark.parametrize(
    ("start", "end", "problem"),
    [
        ("yesterday", "2026-03-18T10:00Z", "moments such as"),
        ("", "2026-03-18T10:00Z", "moments such as"),
        ("2026-03-18T10:00Z\n", "2026-03-18T11:00Z", "moments such as"),
        ("٢٠٢٦-03-18T10:00Z", "2026-03-18T11:00Z", "moments such as"),
        ("2026-02-30T10:00Z", "2026-03-18T11:00Z", "does not exist"),
        ("2026-03-18T24:01Z", "2026-03-18T11:00Z", "does not exist"),
        ("0000-01-01T00:00Z", "2026-03-18T11:00Z", "does not exist"),
        ("2026-03-18T10:00Z", "2026-03-18T10:09Z", "shorter than 10 minutes"),
        ("2026-03-18T11:00Z", "2026-03-18T10:00Z", "shorter than 10 minutes"),
        ("2025-01-01T00:00Z", "2026-03-18T10:00Z", "longer than 400 days"),
        ("0001-01-01T00:00Z", "0001-02-01T00:00Z", "too long ago"),
        ("9999-12-01T00:00Z", "9999-12-31T23:59Z", "lies ahead"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_the_reason(start, end, problem):
    with pytest.raises(ValueError, match=problem):
        read_interval(start, end, now=NOW)


@pytest.mark.parametrize("name", PERIOD_DAYS)
def test_a_whole_period_ends_with_the_step_under_way(name):
    whole = whole_interval(parse_period(name, NOW), now=NOW)
    assert whole.is_whole
    assert whole.end - whole.step <= NOW < whole.end
    assert whole.bins * whole.step == whole.length
    assert whole.bins <= 400


moments = st.datetimes(datetime(2017, 1, 1), datetime(2026, 3, 17)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001


@given(moments, st.timedeltas(SHORTEST, LONGEST))
def test_every_way_from_an_interval_leads_to_one_that_can_be_shown(start, length):
    try:
        shown = read_interval(text_of(start), text_of(start + length), now=NOW)
    except ValueError:
        return
    assert shown.start <= start.replace(second=0, microsecond=0)
    assert 1 <= shown.bins <= 402
    whole = whole_interval(parse_period("30d", NOW), now=NOW)
    found = neighbours(shown, whole)
    for name, target in found.items():
        if target is not None and not target.is_whole and target.length <= LONGEST and target.start > NOW - 3600 * DAY:
            again = read_interval(text_of(target.start), text_of(target.end), now=NOW)
            assert again.length >= SHORTEST, name
    assert found["closer"] is None or found["closer"].length < shown.length
    assert found["wider"].length > min(shown.length, whole.length) or found["wider"].is_whole


def test_zooming_in_again_and_again_ends_at_ten_minutes():
    whole = whole_interval(parse_period("1y", NOW), now=NOW)
    shown: Interval | None = whole
    lengths = []
    while shown:
        lengths.append(shown.length)
        shown = neighbours(shown, whole)["closer"]
    assert lengths == sorted(lengths, reverse=True)
    assert SHORTEST <= lengths[-1] <= SHORTEST + 2 * MINUTE
    assert len(lengths) < 25


def test_zooming_out_ends_at_the_whole_period():
    whole = whole_interval(parse_period("30d", NOW), now=NOW)
    shown = read_interval("2026-03-18T13:00Z", "2026-03-18T14:00Z", now=NOW)
    for _ in range(20):
        wider = neighbours(shown, whole)["wider"]
        if wider is None:
            break
        shown = wider
    assert shown == whole


def test_later_stops_at_now_and_earlier_does_not():
    whole = whole_interval(parse_period("7d", NOW), now=NOW)
    shown = read_interval("2026-03-18T13:00Z", "2026-03-18T15:00Z", now=NOW)
    assert neighbours(shown, whole)["later"] is None
    earlier = neighbours(shown, whole)["earlier"]
    assert (earlier.start, earlier.length) == (shown.start - HOUR, 2 * HOUR)
    assert neighbours(earlier, whole)["later"] == shown


def test_texts_are_utc_whatever_the_zone_of_the_moment():
    assert text_of((NOW + timedelta(seconds=59)).astimezone(UTC)) == "2026-03-18T14:05Z"
