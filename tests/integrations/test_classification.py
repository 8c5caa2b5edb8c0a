"""From URL to integration and area; the vectors are those of the format's description."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.splunk.classification import (
    DEFAULT_RULES,
    STORED_PATH_MAX,
    Area,
    Classifier,
    Rule,
    RuleError,
    check_pattern,
    normalise,
)

UUID = "7d3fee99-0000-4000-8000-000000000000"
CLASSIFIER = Classifier()


@pytest.mark.parametrize(
    ("endpoint", "integration", "area"),
    [
        ("/channels/homeaway/pushRatesAndAvail.jsp", "vrbo", "pricing"),
        ("/channels/homeaway/4.1/booking/bookingRequest.jsp", "vrbo", "booking"),
        ("/channels/bookingdotcom/synch.jsp", "booking-com", "other"),
        ("/api/internal/leads/channel-actions/bookingdotcom/{id}/available-actions", "booking-com", "booking"),
        ("/CHANNELS/AirBnB/Fees?x=1", "airbnb", "fees"),
        ("/api/v3.2/messages?leadUid=1&type=VRBO", "vrbo", "other"),
        ("//assets/js/app/AirbnbUser.js?bust=1", "airbnb", "static"),
        ("/channels/airbnb/null", "airbnb", "noise"),
        ("/https://h/img/channels/hvmb.png", "hmbn", "static"),
        ("/channels/hvmb/rates", "hmbn", "pricing"),
        ("/api/v3/fees", None, "fees"),
        ("/api/internal/pricing-plan", None, "other"),
        (f"/api/v3/properties/{UUID}", None, "other"),
        ("null", None, "noise"),
        # Beyond the vectors of the description:
        ("/channels/google/query", "google", "pricing"),
        ("/channels/google-sign-in/query", None, "other"),
        ("/vacation-rental/the-best-rates-of-airbnb", "airbnb", "other"),
        ("/callback/channel/airbnb", "airbnb", "other"),
        ("/wp-login.php", None, "noise"),
        ("/.env", None, "noise"),
        ("/api/v3/property/None", None, "noise"),
        ("/app?source=rental&channelType=Booking.COM", "booking-com", "other"),
        ("/app?channel=booking%2Ecom", "booking-com", "other"),
        ("/app#part?type=vrbo", None, "other"),
        ("/app?mytype=vrbo", None, "other"),
        ("/channels/airbnb/rates?type=vrbo", "airbnb", "pricing"),
        ("", None, "other"),
    ],
)
def test_url_belongs_to(endpoint, integration, area):
    found = CLASSIFIER.classify(endpoint)
    assert (found.integration, found.area) == (integration, Area(area))


@pytest.mark.parametrize(
    ("endpoint", "path", "query"),
    [
        ("/A//b/?q=1#f", "/a/b", "q=1"),
        ("a;session=1?q", "/a", "q"),
        ("https://host.example/A", "/a", ""),
        ("//https://host.example", "/", ""),
        (f"/x/{UUID.upper()}/fees", "/x/{id}/fees", ""),
        ("/a\n\x00b\ud800", "/a\ufffd\ufffdb\ufffd", ""),
    ],
)
def test_path_is_normalised(endpoint, path, query):
    assert normalise(endpoint) == (path, query)


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [
        ("/users/Jane.Doe@guest.booking.com/x", "/users/{email}/x"),
        ("/users/jane%40example.com", "/users/{email}"),
        ("/leads/1234567/fees", "/leads/{id}/fees"),
        ("/leads/12345", "/leads/12345"),
        ("/reset/3f9a8b7c6d5e4f3a2b1c0d9e", "/reset/{id}"),
        ("/x/7d3fee9900004000800000000000abcd", "/x/{id}"),
    ],
)
def test_stored_path_masks_personal_data(endpoint, path):
    assert CLASSIFIER.classify(endpoint).path == path


def test_masks_of_the_stored_path_come_after_matching():
    assert CLASSIFIER.classify("/users/jane@guest.booking.com").integration == "booking-com"


def test_very_long_path_is_cut_and_never_in_the_middle_of_an_address():
    found = CLASSIFIER.classify("/a" * 950 + "/" + "b" * 90 + "jane@example.com")
    assert len(found.path) <= STORED_PATH_MAX
    assert normalise("/a" * 950 + "/" + "b" * 95 + "jane@example.com")[0] == "/a" * 950


def test_classification_names_the_rules_that_decided():
    found = CLASSIFIER.classify("/channels/hvmb/rates")
    assert found.rule_integration in DEFAULT_RULES
    assert found.rule_area is not None
    assert found.rule_area.area == "pricing"
    assert CLASSIFIER.classify("/hello").rule_area is None


def test_first_rule_of_a_stage_wins():
    rules = [Rule("integration", "b", integration="first"), Rule("integration", "a", integration="second")]
    assert Classifier(rules).classify("/ab").integration == "first"


def test_rule_of_an_integration_leaves_other_rows_alone():
    rules = [Rule("integration", "agoda", integration="agoda"), Rule("area", "x", integration="agoda", area="fees")]
    classifier = Classifier(rules)
    assert classifier.classify("/agoda/x").area is Area.FEES
    assert classifier.classify("/other/x").area is Area.OTHER


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (Rule("city", "a"), "Unknown stage 'city'"),
        (Rule("area", "a", area="money"), "Unknown area 'money'"),
        (Rule("integration", "a"), "leads to no integration"),
        (Rule("parameter", "(", integration="x"), "not valid: missing )"),
    ],
)
def test_classifier_refuses_a_rule_that_cannot_work(rule, reason):
    with pytest.raises(RuleError) as refusal:
        Classifier([rule])
    assert reason in str(refusal.value)


def test_catastrophic_pattern_is_stopped_instead_of_hanging():
    classifier = Classifier([Rule("integration", "(x|xx)+$", integration="x")])
    with pytest.raises(RuleError, match="takes too long"):
        classifier.classify("/" + "x" * 200 + "!")


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "is empty"),
        ("a" * 501, "at most 500"),
        ("a\nb", "cannot be printed"),
        ("[a", "not valid"),
        ("((a{100}){100}){100}", "braces"),
        ("(a+a+)+$", "too long"),
        ("(fee|feefee)+$", "too long"),
    ],
)
def test_pattern_is_refused(pattern, reason):
    with pytest.raises(ValueError, match=reason):
        check_pattern(pattern)


@pytest.mark.parametrize("rule", DEFAULT_RULES, ids=lambda rule: rule.pattern[:30])
def test_every_shipped_pattern_passes_the_check(rule):
    check_pattern(rule.pattern)


@given(st.text(max_size=300))
def test_any_text_is_classified(text):
    found = CLASSIFIER.classify(text)
    assert found.path.startswith("/")
    found.path.encode()


@given(st.from_regex(r"[a-z/.]{0,30}", fullmatch=True), st.from_regex(r"[A-Z0-9=&]{8,40}", fullmatch=True))
def test_query_string_never_leaves(path, query):
    assert query.lower() not in repr(CLASSIFIER.classify(f"/{path}?{query}")).lower()
