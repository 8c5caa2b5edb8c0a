"""What is served without looking up each field is, byte for byte, what the fields themselves would serve."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import ModelSerializer

from integrations.api import EventSerializer
from integrations.choices import EventType, Severity, Source
from integrations.models import IntegrationEvent
from qa_observability.api.serializers import Serializer, shown, shown_all
from revenue.outcome import DayPoint
from revenue.serializers import ImpactDaySerializer

MOMENTS = st.datetimes(timezones=st.timezones())
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=8,
)
AMOUNTS = st.decimals(0, 10**12, places=2)


def rendered(data):
    return JSONRenderer().render(data)


@given(
    st.builds(
        IntegrationEvent,
        integration_id=st.sampled_from(["vrbo", "booking-com"]),
        event_type=st.sampled_from(EventType.values),
        severity=st.sampled_from(Severity.values),
        message=st.text(),
        metadata=st.dictionaries(st.text(), JSON, max_size=4),
        occurred_at=MOMENTS,
        external_id=st.none() | st.text(),
        source=st.sampled_from(Source.values),
        created_at=MOMENTS,
    )
)
def test_events(event):
    by_field = ModelSerializer.to_representation(EventSerializer(), event)
    assert rendered(shown_all(EventSerializer, [event])) == rendered([by_field])
    assert list(shown(EventSerializer, event)) == list(EventSerializer().fields)  # the columns of CSV


@given(st.builds(DayPoint, date=st.dates(), at_risk=AMOUNTS, protected=AMOUNTS, benchmark=AMOUNTS))
def test_days_of_revenue(day):
    by_field = Serializer.to_representation(ImpactDaySerializer(), day)
    assert rendered(shown(ImpactDaySerializer, day)) == rendered(by_field)


def test_amounts_are_numbers():
    day = DayPoint(date=date(2026, 3, 18), at_risk=Decimal("1.50"), protected=Decimal(0), benchmark=Decimal("1e3"))
    assert rendered(shown(ImpactDaySerializer, day)) == (
        b'{"date":"2026-03-18","atRisk":1.5,"protected":0.0,"benchmark":1000.0}'
    )
