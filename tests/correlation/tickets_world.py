"""An incident, an event and a Jira to ask, for the tests of tickets."""

from datetime import timedelta
from typing import Any

from correlation.models import Incident
from correlation.tickets import Subject, find_subject
from integrations.models import IntegrationEvent
from tests.conftest import NOW


def an_incident(**fields: Any) -> Subject:
    row = Incident.objects.create(
        **{"integration_id": "airbnb", "onset_at": NOW - timedelta(hours=1), "ended_at": NOW, "events": 3} | fields
    )
    return find_subject("incident", row.pk)


def an_event(**fields: Any) -> Subject:
    row = IntegrationEvent.objects.create(
        **{
            "integration_id": "airbnb", "event_type": "booking_loss", "severity": "high", "message": "Lost",
            "occurred_at": NOW - timedelta(hours=1), "source": "api",
        } | fields
    )  # fmt: skip
    return find_subject("event", row.pk)
