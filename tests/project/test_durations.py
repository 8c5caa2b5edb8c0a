"""Durations as people write them in settings."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_observability.durations import parse_duration

UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", timedelta(seconds=30)),
        ("15min", timedelta(minutes=15)),
        ("1h", timedelta(hours=1)),
        ("90d", timedelta(days=90)),
        (" 400d ", timedelta(days=400)),
        ("999999s", timedelta(seconds=999999)),
    ],
)
def test_a_number_and_a_unit(text, expected):
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "90", "d", "0d", "-1d", "+1d", "1.5h", "1 h", "1H", "1m", "1w", "1h30min", "1d1d", "٣d", "1000000s"]
)
def test_anything_else_is_refused_with_the_text_in_the_message(text):
    with pytest.raises(ValueError, match="is not a duration") as refused:
        parse_duration(text)
    assert repr(text) in str(refused.value)


@given(st.integers(1, 999_999), st.sampled_from(list(UNITS)))
def test_every_number_with_a_unit_is_that_long(number, unit):
    assert parse_duration(f"{number}{unit}").total_seconds() == number * UNITS[unit]


@given(st.text())
def test_no_text_crashes_it(text):
    try:
        length = parse_duration(text)
    except ValueError:
        return
    assert length > timedelta(0)
