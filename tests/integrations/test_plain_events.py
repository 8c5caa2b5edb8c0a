"""Events with nothing unusual are read without the serializer, and come out as if it had read them."""

import json
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from integrations.api import EventInputSerializer, plain_event
from integrations.choices import EventType, Severity

MOMENT = "2026-03-18T14:00:00Z"
GOOD = {"eventType": "fee_sync_error", "severity": "high", "message": "Fee was not sent", "occurredAt": MOMENT}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inside: st.lists(inside, max_size=2) | st.dictionaries(st.text(), inside, max_size=2),
    max_leaves=4,
)
MOMENTS = st.datetimes(timezones=st.none() | st.timezones()).map(lambda moment: moment.isoformat()) | st.sampled_from(
    [
        MOMENT, "2026-03-18", "2026-03-18 14:00", "20260318T140000Z", "2026-W12-3T14:00Z", "2026-03-18T14:00:00,5Z",
        "2026-03-18T14:00:00.1234567+01:00", "2026-03-18T14:00:00-00:00:30", "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00", "2026-03-18T24:00:00Z", "2026-03-18T14:00:00z", " 2026-03-18T14:00:00Z", "",
    ]
)  # fmt: skip
TEXTS = st.text(st.characters(codec=None), max_size=210) | st.sampled_from(
    [
        "",
        " ",
        " a ",
        "a\x00",
        "\ud800",
        "\u200b",
        "x" * 4000,
        "x" * 4001,
        "x" * 200,
        "x" * 201,
        "two\nlines",
        "\x1c",
        "ü",
    ]
)
VALUES = {
    "eventType": st.sampled_from([*EventType.values, "", "Fee_sync_error"]) | ANYTHING,
    "severity": st.sampled_from([*Severity.values, " high"]) | ANYTHING,
    "message": TEXTS | ANYTHING,
    "occurredAt": MOMENTS | ANYTHING,
    "metadata": st.dictionaries(TEXTS, ANYTHING, max_size=3) | ANYTHING,
    "externalId": TEXTS | ANYTHING,
}


@st.composite
def events(draw):
    """A good event with some of its fields left out, and some put in that may be anything."""
    row = dict(GOOD)
    for name in draw(st.sets(st.sampled_from(sorted(VALUES)), max_size=2)):
        row[name] = draw(VALUES[name])
    for name in draw(st.sets(st.sampled_from([*VALUES, "unknown"]), max_size=1)):
        if row.pop(name, None) is None:
            row[name] = 1
    return row


@given(events() | ANYTHING)
@example(GOOD)
@example(GOOD | {"metadata": {}, "externalId": "E-1"})
@example(GOOD | {"externalId": None})
@example(GOOD | {"metadata": None})
def test_what_is_read_plainly_is_what_the_serializer_reads(row):
    plain = plain_event(row)
    if plain is not None:
        body = EventInputSerializer(data=row)
        assert body.is_valid(), body.errors
        assert plain == body.validated_data
        assert plain["occurred_at"].isoformat() == body.validated_data["occurred_at"].isoformat()


def test_usual_events_are_read_plainly():
    row = json.loads(json.dumps(GOOD | {"externalId": " E-1 ", "metadata": {"httpStatus": 502, "nested": [None]}}))
    assert plain_event(row) == {
        "event_type": "fee_sync_error",
        "severity": "high",
        "message": "Fee was not sent",
        "occurred_at": datetime(2026, 3, 18, 14, tzinfo=UTC),
        "external_id": "E-1",
        "metadata": {"httpStatus": 502, "nested": [None]},
    }
