"""Incidents as endpoints hear of them: begun, over, once each, and no old ones."""

import json
from datetime import timedelta

import pytest

from correlation.computing import refresh_correlations
from correlation.models import Incident, WebhookDelivery, WebhookEndpoint, WebhookMessage
from correlation.outbox import announce_incidents
from integrations.inputs import EventInput
from integrations.services import record_events
from tests.conftest import NOW

pytestmark = pytest.mark.usefixtures("now")
HOUR = timedelta(hours=1)


@pytest.fixture
def endpoint(db):
    types = ["correlation.incident.started", "correlation.incident.ended"]
    return WebhookEndpoint.objects.create(name="Pager", url="https://pager.example.com/x", event_types=types)


def an_incident(**fields):
    return Incident.objects.create(
        **{"integration_id": "airbnb", "onset_at": NOW - HOUR / 2, "ended_at": NOW - HOUR / 4, "events": 3} | fields
    )


def told():
    rows = WebhookMessage.objects.order_by("created_at").values_list("event_type", "subject_id")
    return [(event.removeprefix("correlation.incident."), subject) for event, subject in rows]


def test_an_incident_is_told_when_it_begins_and_when_no_event_can_belong_to_it_any_more(endpoint):
    incident = an_incident()
    assert announce_incidents(now=NOW) == 1
    assert announce_incidents(now=NOW) == 0
    assert announce_incidents(now=NOW + HOUR / 2) == 0
    assert announce_incidents(now=NOW + HOUR) == 1
    assert told() == [("started", incident.pk), ("ended", incident.pk)]
    body = json.loads(WebhookMessage.objects.get(event_type__endswith="ended").body)
    assert body["data"] == {
        "id": str(incident.pk),
        "integrationId": "airbnb",
        "integrationName": "Airbnb",
        "onsetAt": "2026-03-18T13:35:00Z",
        "lastEventAt": "2026-03-18T13:50:00Z",
        "events": 3,
        "url": f"http://localhost:8000/dashboard/incidents/{incident.pk}/",
    }


def test_old_incidents_are_history_not_news(endpoint):
    an_incident(onset_at=NOW - 30 * HOUR, ended_at=NOW - 29 * HOUR)
    assert announce_incidents(now=NOW) == 0


def test_a_long_incident_that_was_told_is_told_to_be_over(endpoint):
    incident = an_incident(onset_at=NOW - 40 * HOUR, ended_at=NOW - 2 * HOUR)
    assert announce_incidents(now=NOW) == 1
    assert told() == [("ended", incident.pk)]


def test_incidents_of_integrations_that_are_off_are_not_told(endpoint):
    an_incident(integration_id="google")
    assert announce_incidents(now=NOW) == 0


def test_a_refresh_that_finds_an_incident_tells_of_it_in_its_transaction(endpoint):
    moments = [NOW - timedelta(minutes=minutes) for minutes in (20, 15, 10)]
    record_events(
        [
            EventInput(
                integration_id="vrbo", event_type="booking_loss", severity="critical", message="Lost",
                occurred_at=moment, source="api",
            )
            for moment in moments
        ],
        now=NOW,
    )  # fmt: skip
    refresh_correlations(now=NOW)
    refresh_correlations(now=NOW)
    assert told() == [("started", Incident.objects.get().pk)]
    assert WebhookDelivery.objects.get().endpoint == endpoint


def test_without_an_endpoint_nothing_is_written(db):
    an_incident()
    assert announce_incidents(now=NOW) == 0
    assert not WebhookMessage.objects.exists()
