"""How much is at stake: of each integration, for the order of recommendations, and by the events of incidents."""

from collections.abc import Sequence
from decimal import Decimal

import structlog

from correlation.incident_sums import from_json
from correlation.models import Incident
from qa_observability import features
from qa_observability.periods import Period
from revenue.crypto import CryptoError
from revenue.services import EventsCost, EventSums, at_risk_by_integration, costs_of_events

log = structlog.get_logger(__name__)


def revenue_at_risk(period: Period) -> dict[str, Decimal]:
    """Return the revenue at risk of each integration over the period.

    Empty where revenue is switched off, and where its configuration cannot be read: the revenue page says so, and the
    order then follows from score and confidence alone.
    """
    if not features.is_on(features.REVENUE_IMPACT):
        return {}
    try:
        return at_risk_by_integration(period)
    except CryptoError as error:
        log.warning("revenue_unreadable", error=str(error))
        return {}


def costs_of(incidents: Sequence[Incident]) -> list[EventsCost] | None:
    """Return what the events of each of these incidents cost. One query, where there are any.

    None where revenue is switched off, and where its configuration cannot be read: nobody knows then.
    """
    if not incidents or not features.is_on(features.REVENUE_IMPACT):
        return None
    parts = [
        (
            incident.integration_id,
            {
                kind: EventSums(row.events, row.unpriced_bookings, row.lost_amount)
                for kind, row in from_json(incident.sums).items()
            },
        )
        for incident in incidents
    ]
    try:
        return costs_of_events(parts)
    except CryptoError as error:
        log.warning("revenue_unreadable", error=str(error))
        return None
