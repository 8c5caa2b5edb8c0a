"""Which events are an incident's."""

from datetime import timedelta

from django.db.models import Q

from correlation.models import Incident
from integrations.choices import Severity

TICK = timedelta(milliseconds=1)  # the engine's times are rounded to it
_SEVERITIES = [severity.value for severity in Severity]


def severities_of(incident: Incident) -> list[str]:
    """Return the severities of an incident's events, the lightest first."""
    return _SEVERITIES[_SEVERITIES.index(incident.severity_from) :]


def own_events(incident: Incident) -> Q:
    """Match the events of an incident: of its severity or worse, from its onset to its end."""
    return Q(
        ("integration_id", incident.integration_id),
        ("occurred_at__gte", incident.onset_at - TICK),
        ("occurred_at__lte", incident.ended_at + TICK),
        ("severity__in", severities_of(incident)),
    )
