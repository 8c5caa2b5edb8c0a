"""What health endpoints say, in the product's terms; nothing is guessed in favour of health."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.answers import AnswerError, Mapped, read_answer
from integrations.json_paths import PathError, parse_path, read_path, written

DOCUMENT = {
    "checked_at": "2026-01-10T10:00:00Z",
    "pricing_sync": {"state": "degraded", "failed": 14, "total": 200},
    "fees_sync": {"state": "ok"},
    "bookings": {"received": 120, "lost": 2},
    "checks": {"db.time": [{"status": "pass"}]},
    "nothing": None,
    "zero": 0,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def refusal(document, **paths):
    with pytest.raises(AnswerError) as caught:
        read_answer(document, Mapped(**paths))
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("status", ("status",)),
        ("components.db.status", ("components", "db", "status")),
        ("checks[0].state", ("checks", 0, "state")),
        ("[2][0]", (2, 0)),
        ('$.a["b.c"][1]', ("a", "b.c", 1)),
        ("$[0]", (0,)),
        (" cassandra:responseTime ", ("cassandra:responseTime",)),
    ],
)
def test_a_path_is_made_of_names_and_indexes(text, steps):
    assert parse_path(text) == steps
    assert parse_path(written(steps)) == steps


@pytest.mark.parametrize(
    "text",
    ["", " ", ".", "a.", "a..b", ".a", "a[", "a[]", "a[-1]", "a[x]", "a]", "[0]a", "a[99999]", '["', '[""]', "a" * 301],
)  # fmt: skip
def test_a_text_that_is_no_path_is_refused(text):
    with pytest.raises(PathError):
        parse_path(text)


@given(st.text(max_size=40))
def test_any_text_is_a_path_that_can_be_written_again_or_refused(text):
    try:
        steps = parse_path(text)
    except PathError:
        return
    assert parse_path(written(steps)) == steps


@given(JSON, st.lists(st.text(min_size=1, max_size=3) | st.integers(0, 3), max_size=4))
def test_a_path_through_any_document_leads_to_a_value_or_an_error(document, steps):
    try:
        read_path(document, tuple(steps))
    except PathError:
        return


@given(JSON)
def test_any_document_is_read_or_refused(document):
    try:
        reading = read_answer(document, Mapped(status="a", error_rate="b / c", checked_at="a", events="b"))
    except AnswerError:
        return
    assert reading.says_something


def test_the_document_of_a_pms_is_read_by_paths():
    reading = read_answer(
        DOCUMENT,
        Mapped(
            pricing="pricing_sync.state",
            fees="fees_sync.state",
            error_rate="pricing_sync.failed / pricing_sync.total",
            booking_loss_rate="bookings.lost / bookings.received",
            checked_at="checked_at",
        ),
    )
    assert (reading.status, reading.pricing, reading.fees) == (None, "warning", "ok")
    assert reading.error_rate == Decimal("0.07")
    assert reading.booking_loss_rate == Decimal(2) / Decimal(120)
    assert reading.checked_at == datetime(2026, 1, 10, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("UP", "healthy"), ("ok", "healthy"), ("Green", "healthy"), ("pass", "healthy"), (True, "healthy"),
        ("warn", "warning"), ("degraded performance", "warning"), ("partial-outage", "warning"),
        ("DOWN", "critical"), ("fail", "critical"), ("OUT_OF_SERVICE", "critical"), (False, "critical"),
        ("synced!", "healthy"), ("3", "critical"), (3, "critical"),
    ],
)  # fmt: skip
def test_usual_words_and_own_ones_stand_for_a_status(word, status):
    mapped = Mapped(status="s", words={"synced!": "healthy", "3": "critical"})
    assert read_answer({"s": word}, mapped).status == status


@pytest.mark.parametrize(
    ("value", "unit", "rate"),
    [
        (0.031, "fraction", "0.031"), (3.1, "percent", "0.031"), ("3.1 %", "percent", "0.031"), ("0", "fraction", "0"),
        (1, "fraction", "1"), (100, "percent", "1"), ("1e-3", "fraction", "0.001"),
    ],
)  # fmt: skip
def test_a_rate_is_a_fraction_or_a_percentage(value, unit, rate):
    assert read_answer({"r": value}, Mapped(error_rate="r", error_rate_unit=unit)).error_rate == Decimal(rate)


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        ({"status": "components.airbnb.status"}, "The answer has no components."),
        ({"status": "pricing_sync.states"}, "The answer has no pricing_sync.states."),
        ({"status": "checks.db[0]"}, "The answer has no checks.db."),
        ({"status": "checked_at"}, "In the answer, checked_at says “2026-01-10T10:00:00Z”, which stands for no "
         "status."),
        ({"status": "bookings"}, "In the answer, bookings is no word, but an object."),
        ({"status": "nothing"}, "The answer says nothing of the health: no status, and every rate is unknown."),
        ({"error_rate": "bookings.lost / zero"}, "The answer says nothing of the health: no status, and every rate is "
         "unknown."),
        ({"error_rate": "bookings.lost"}, "In the answer, bookings.lost is “2”, which is not a rate from 0 to 1 (is "
         "the unit right?)."),
        ({"error_rate": "bookings.received / bookings.lost"}, "In the answer, bookings.received / bookings.lost is "
         "“60”, which is not a rate from 0 to 100 %."),
        ({"error_rate": "checked_at"}, "In the answer, checked_at is no number, but “2026-01-10T10:00:00Z”."),
        ({"error_rate": "checks"}, "In the answer, checks is no number, but an object."),
        ({"status": "fees_sync.state", "checked_at": "bookings"}, "In the answer, bookings is no time, but an object."),
        ({"status": "fees_sync.state", "checked_at": "nothing"}, "In the answer, nothing is no time, but nothing."),
        ({"status": "fees_sync.state", "events": "bookings"}, "In the answer, bookings is no list of events."),
    ],
)  # fmt: skip
def test_what_is_missing_or_odd_is_told_and_never_healthy(paths, told):
    assert refusal(DOCUMENT, **paths) == told


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-01-10T10:00:00+02:00", datetime(2026, 1, 10, 8, 0, tzinfo=UTC)),
        ("2026-01-10 10:00", datetime(2026, 1, 10, 10, 0, tzinfo=UTC)),
        (1768039200, datetime(2026, 1, 10, 10, 0, tzinfo=UTC)),
        ("1768039200000", datetime(2026, 1, 10, 10, 0, tzinfo=UTC)),
    ],
)
def test_a_time_is_iso_8601_or_counted_since_1970(value, moment):
    reading = read_answer({"s": "up", "t": value}, Mapped(status="s", checked_at="t"))
    assert reading.checked_at == moment


@pytest.mark.parametrize("value", ["soon", True, 1e400, "9" * 60, [], {}, "NaN", float("inf"), -(10**20)])
def test_a_time_that_is_none_is_refused(value):
    assert "is no time" in refusal({"s": "up", "t": value}, status="s", checked_at="t")


def test_events_are_read_in_either_spelling_and_known_again():
    own = {"eventType": "booking_loss", "severity": "HIGH", "message": "Lost", "occurredAt": "2026-01-10T10:00:00Z"}
    other = {"event_type": "fee_sync_error", "severity": "low", "message": "Fee", "occurred_at": "2026-01-10T10:00:00Z"}
    listed = [own | {"externalId": "e-1", "metadata": {"affectedBookings": 3}}, other, other]
    events = read_answer({"s": "up", "e": listed}, Mapped(status="s", events="e")).events
    assert [(event.event_type, event.severity) for event in events[:2]] == [
        ("booking_loss", "high"),
        ("fee_sync_error", "low"),
    ]
    assert events[0].external_id == "collector:e-1"
    assert events[1].external_id == events[2].external_id != events[0].external_id


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ("x", "In the answer, e[0] is no object."),
        ({"severity": "low"}, "In the answer, e[0] has no eventType."),
        (
            {"eventType": "a", "severity": "low", "message": "m", "occurredAt": "x"},
            "In the answer, the time of e[0] is none.",
        ),
    ],
)
def test_an_event_that_is_none_is_told_by_its_number(event, told):
    assert refusal({"s": "up", "e": [event]}, status="s", events="e") == told
