"""Inputs of the services with everything filled in, dated just before the tests' NOW; a test names what matters."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

from integrations import rollups
from integrations.choices import OBSERVED_STATUSES
from integrations.inputs import EventInput, ObservationInput
from integrations.models import IntegrationDay, IntegrationEvent, IntegrationHealth
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def an_event(**fields: Any) -> EventInput:
    defaults: dict[str, Any] = {
        "integration_id": "vrbo",
        "event_type": "fee_sync_error",
        "severity": "high",
        "message": "Cleaning fee was not sent",
        "occurred_at": NOW - 5 * MINUTE,
        "source": "api",
    }
    return EventInput(**defaults | fields)


def an_observation(**fields: Any) -> ObservationInput:
    """A healthy one, unless the fields say otherwise."""
    defaults: dict[str, Any] = {
        "integration_id": "vrbo",
        "last_checked": NOW - 10 * MINUTE,
        "source": "manual",
        "error_rate": Decimal("0.01"),
    }
    return ObservationInput(**defaults | fields)


def sums_of_days() -> dict[tuple[str, Any], dict[str, Any]]:
    """What is stored of each day that holds anything."""
    kept = ("id", "created_at", "updated_at", "events_purged", "observations_purged")
    columns = [field.attname for field in IntegrationDay._meta.concrete_fields if field.attname not in kept]
    rows = {}
    for row in IntegrationDay.objects.values(*columns):
        key = (row.pop("integration_id"), row.pop("day"))
        if any(row.values()):
            rows[key] = {name: value for name, value in row.items() if value}
    return rows


def sums_from_rows() -> dict[tuple[str, Any], dict[str, Any]]:
    """The same, computed here from the rows one by one: nothing is shared with the code under test but `day_of`."""
    days: dict[tuple[str, Any], Counter[str]] = {}
    for event in IntegrationEvent.objects.all():
        day = days.setdefault((event.integration_id, rollups.day_of(event.occurred_at)), Counter())
        bookings = event.metadata.get("affectedBookings", 1)
        day[f"{event.event_type}_events"] += 1
        day[f"{event.event_type}_{event.severity}_events"] += 1
        day[f"{event.event_type}_affected_bookings"] += bookings
        if "lossAmount" in event.metadata:
            day[f"{event.event_type}_lost_amount"] += Decimal(str(event.metadata["lossAmount"]))
        else:
            day[f"{event.event_type}_unpriced_bookings"] += bookings
    worst: dict[tuple[str, Any], int] = {}
    for row in IntegrationHealth.objects.all():
        key = (row.integration_id, rollups.day_of(row.last_checked))
        day = days.setdefault(key, Counter())
        worst[key] = max(worst.get(key, 0), OBSERVED_STATUSES.index(row.status))
        for name in ("error_rate", "booking_loss_rate"):
            rate = getattr(row, name)
            if rate is not None and row.source != "derived":
                day[f"{name}_count"] += 1
                day[f"{name}_sum"] += rate
    sums: dict[tuple[str, Any], dict[str, Any]] = {}
    for key, day in days.items():
        sums[key] = {name: value for name, value in day.items() if value}
        if key in worst:
            sums[key]["worst_status"] = OBSERVED_STATUSES[worst[key]]
    return sums


def assert_days_agree_with_rows() -> None:
    assert sums_of_days() == sums_from_rows()
