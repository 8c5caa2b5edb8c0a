import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.rates import RateError, as_percent, read_rate


@pytest.mark.parametrize("text", ["3.1", "3.1 %", "3.1%", "3,1 %", " 3.10 ", "0.031", ",031", "0,0310"])
def test_all_ways_to_write_three_point_one_percent_mean_the_same(text):
    assert read_rate(text).rate == Decimal("0.0310")
    assert read_rate(text).reading == "3.1 % (0.0310)"


@pytest.mark.parametrize(
    ("text", "rate"),
    [("0", "0"), ("0 %", "0"), ("0.0999", "0.0999"), ("1.0001", "0.0100"), ("100", "1"), ("1 %", "0.01"),
     ("0.5 %", "0.005"), ("100 %", "1"), ("3.125 %", "0.0313"), ("0.00005", "0.0001")],
)  # fmt: skip
def test_each_side_of_a_limit_is_read_by_the_rule(text, rate):
    assert read_rate(text).rate == Decimal(rate)


@pytest.mark.parametrize("text", ["0.1", "0.5", "1", "1.0", "0,2"])
def test_a_number_that_could_be_both_is_refused_with_both_readings(text):
    with pytest.raises(RateError) as refused:
        read_rate(text)
    low, high = (read_rate(reading).rate for reading in refused.value.readings)
    assert high == low * 100


@pytest.mark.parametrize("text", ["", "-1", "abc", "101", "100.5 %", "1e-3", "NaN", "3 . 1", "% 3", "١", "1,000.5"])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(RateError):
        read_rate(text)


def test_a_column_s_unit_settles_what_a_number_means():
    assert read_rate("0.5", unit="percent").rate == Decimal("0.0050")
    assert read_rate("0.5", unit="fraction").rate == Decimal("0.5000")
    assert read_rate("0.5 %", unit="fraction").rate == Decimal("0.0050")


@given(st.decimals(0, 1, places=4))
def test_what_is_shown_can_be_read_back(rate):
    assert read_rate(as_percent(rate)).rate == rate


@given(st.text())
def test_no_text_gives_anything_but_a_rate_or_a_refusal(text):
    with contextlib.suppress(RateError):
        assert 0 <= read_rate(text).rate <= 1
