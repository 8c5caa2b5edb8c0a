from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revenue.config import (
    BookingLossMethod,
    Change,
    ConfigError,
    Overrides,
    RevenueConfig,
    build,
    changes,
    config_from_yaml,
    to_yaml,
)

KNOWN = ["airbnb", "booking-com", "no"]
DOCUMENT = """
revenue:
  currency: USD
  avg_booking_value: 250.00      # default 250.00, > 0
  leakage_percentage: 0.05
  bookings_per_day: 10
  booking_loss_method: max
  integrations:
    booking-com: {avg_booking_value: 280.00, leakage_percentage: 0.06, bookings_per_day: 40}
    airbnb:      {avg_booking_value: 300.00, leakage_percentage: 0.07}
"""


def problems(text):
    with pytest.raises(ConfigError) as caught:
        config_from_yaml(text, known=KNOWN)
    return [str(problem) for problem in caught.value.problems]


def test_the_document_of_the_contract_is_read():
    config = config_from_yaml(DOCUMENT, known=KNOWN)
    assert config == RevenueConfig(
        integrations={
            "booking-com": Overrides(
                avg_booking_value=Decimal(280), leakage_percentage=Decimal("0.06"), bookings_per_day=Decimal(40)
            ),
            "airbnb": Overrides(avg_booking_value=Decimal(300), leakage_percentage=Decimal("0.07")),
        }
    )
    assert config.figures_of("airbnb").bookings_per_day == 10
    assert config.figures_of("vrbo").avg_booking_value == 250


def test_missing_keys_take_the_defaults():
    assert config_from_yaml("revenue:") == RevenueConfig()
    assert config_from_yaml("revenue: {integrations: {airbnb: }}") == RevenueConfig()


def test_numbers_are_exact_and_mean_what_is_written():
    config = config_from_yaml("revenue: {avg_booking_value: 0.1, currency: 'NOK'}")
    assert config.avg_booking_value == Decimal("0.1")


def test_a_slug_that_yaml_reads_as_a_boolean_is_a_slug():
    config = config_from_yaml("revenue: {integrations: {no: {bookings_per_day: 1}}}", known=KNOWN)
    assert config.integrations["no"].bookings_per_day == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the document must have the key 'revenue' at its top"),
        ("[]", "the document must have the key 'revenue' at its top"),
        ("revenue: 5", "line 1, revenue: must be a mapping of keys to values, not a number"),
        ("revenue: {}\nother: 1", "line 2, other: unknown key; the only one is revenue"),
        ("revenue:\n  avg_value: 1", "line 2, revenue.avg_value: unknown key; allowed: currency, avg_booking_value, "),
        ("revenue: {avg_booking_value: '250'}", "must be a number, not '250'; allowed: above 0"),
        ("revenue: {avg_booking_value: 1e3}", "must be a number, not '1e3'"),
        ("revenue: {avg_booking_value: 010}", "must be a number, not '010'"),
        ("revenue: {avg_booking_value: true}", "must be a number, not 'true'"),
        ("revenue: {avg_booking_value: .inf}", "must be a number"),
        ("revenue: {avg_booking_value: }", "must be a number, not empty"),
        ("revenue: {avg_booking_value: [1]}", "must be a number, not a list"),
        ("revenue: {avg_booking_value: 0}", "is 0; allowed: above 0, at most 10,000,000"),
        ("revenue: {avg_booking_value: 0.00001}", "with at most 4 decimals"),
        ("revenue: {leakage_percentage: 0.0299}", "is 0.0299; allowed: 0.03 to 0.07"),
        ("revenue: {leakage_percentage: 0.0701}", "is 0.0701; allowed: 0.03 to 0.07"),
        ("revenue: {bookings_per_day: -1}", "is -1; allowed: 0 to 1,000,000"),
        ("revenue: {booking_loss_method: mean}", "must be one of rate, events, max"),
        ("revenue: {currency: usd}", "must be a code of three capital letters"),
        ("revenue: {currency: 123}", "must be a code of three capital letters"),
        ("revenue: {integrations: {nope: {}}}", "revenue.integrations.nope: there is no such integration; known: airb"),
        ("revenue: {integrations: {airbnb: 5}}", "revenue.integrations.airbnb: must be a mapping"),
        (
            "revenue:\n  integrations:\n    airbnb:\n      leakage_percentage: 0.08",
            "line 4, revenue.integrations.airbnb.leakage_percentage: is 0.08; allowed: 0.03 to 0.07",
        ),
        ("revenue: {integrations: {airbnb: {currency: EUR}}}", "revenue.integrations.airbnb.currency: unknown key"),
        ("revenue: {currency: USD, currency: EUR}", "revenue.currency is given twice"),
        ("revenue: {}\nrevenue: {}", "line 2, revenue is given twice"),
        ("revenue: {", "not YAML"),
        ("revenue:\n\t- x", "not YAML"),
        ("a: 1\n---\nb: 2", "not YAML"),
        ("revenue: \x00", "not YAML"),
        ("revenue: \ud800", "not YAML"),
        ("a: &a [1]\nb: *a", "anchors and aliases are not accepted"),
        ("revenue: !!python/object/apply:os.system ['true']", "tags are not accepted"),
        ("revenue: {? [1] : 2}", "a key must be plain text"),
        ("[" * 100_000, "characters"),
        ("[" * 50_000, "nested deeper than 8 levels"),
        ("revenue: [" + "1," * 30_000 + "]", "more than 5,000 values"),
    ],
)
def test_a_document_is_refused_with_path_and_allowed_range(text, message):
    assert message in problems(text)[0]


def test_all_problems_are_named_at_once():
    found = problems("revenue: {currency: x, bookings_per_day: -1, integrations: {nope: {}, airbnb: {x: 1}}}")
    assert len(found) == 4


@pytest.mark.parametrize("value", [True, float("nan"), float("inf"), 10**4000, -1e300, "5", None, [], {}])
def test_plain_values_are_judged_by_the_same_rules(value):
    with pytest.raises(ConfigError, match="avg_booking_value"):
        build({"avg_booking_value": value})


values = st.decimals("0.0001", 10_000_000, places=4)
leakages = st.decimals("0.03", "0.07", places=6)
volumes = st.decimals(0, 1_000_000, places=4)
overrides = st.builds(
    Overrides,
    avg_booking_value=st.none() | values,
    leakage_percentage=st.none() | leakages,
    bookings_per_day=st.none() | volumes,
)


@given(
    st.builds(
        RevenueConfig,
        currency=st.from_regex(r"[A-Z]{3}", fullmatch=True),
        avg_booking_value=values,
        leakage_percentage=leakages,
        bookings_per_day=volumes,
        booking_loss_method=st.sampled_from(BookingLossMethod),
        integrations=st.dictionaries(
            st.from_regex(r"[-a-zA-Z0-9_]{1,50}", fullmatch=True), overrides.filter(lambda own: own != Overrides())
        ),
    )
)
def test_a_document_that_was_written_reads_as_the_same(config):
    assert config_from_yaml(to_yaml(config)) == config


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text):
    with suppress(ConfigError):
        config_from_yaml(f"revenue:\n  {text}", known=KNOWN)


def test_changes_name_what_differs():
    after = RevenueConfig(currency="EUR", integrations={"airbnb": Overrides(bookings_per_day=Decimal("2.50"))})
    assert changes(RevenueConfig(), after) == [
        Change("currency", "USD", "EUR"),
        Change("integrations.airbnb.bookings_per_day", "global value", "2.5"),
    ]
    assert changes(after, after) == []
