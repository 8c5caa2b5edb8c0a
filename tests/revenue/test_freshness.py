"""A figure is right in the moment after any write, by any door, although results are kept."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from integrations.inputs import EventInput
from integrations.models import Integration, IntegrationDay, IntegrationEvent, IntegrationHealth
from integrations.retention import purge
from integrations.services import change_event, delete_events, delete_observations
from qa_observability.periods import parse_period
from revenue.services import at_risk_by_integration, impact_of
from tests.conftest import NOW

FEES, LOSS = "fee_sync_error", "booking_loss"
pytestmark = pytest.mark.django_db


def at_risk(period="30d", now=NOW):
    return impact_of(parse_period(period, now)).at_risk.value


def changed(event, **fields):
    names = ("integration_id", "event_type", "severity", "message", "occurred_at", "source", "metadata")
    return EventInput(**{**{name: getattr(event, name) for name in names}, **fields})


def test_new_late_edited_moved_and_deleted_events_count_at_once(now, record):
    assert at_risk() == 0
    record("vrbo", FEES, lossAmount=10)
    assert at_risk() == 10
    record("vrbo", FEES, days_ago=20, lossAmount=5)
    assert at_risk() == 15
    event = IntegrationEvent.objects.latest("occurred_at")
    event = change_event(event.pk, changed(event, metadata={"lossAmount": 100}), now=now)
    assert at_risk() == 105
    change_event(event.pk, changed(event, integration_id="google"), now=now)  # inactive
    assert at_risk() == 5
    delete_events(IntegrationEvent.objects.values_list("pk", flat=True), now=now)
    assert at_risk() == 0


def test_an_event_that_only_changes_its_day_counts_on_that_day(record):
    record("vrbo", FEES, lossAmount=10)
    assert at_risk("7d") == 10
    event = IntegrationEvent.objects.get()
    change_event(event.pk, changed(event, occurred_at=NOW - timedelta(days=10)), now=NOW)
    assert at_risk("7d") == 0
    assert at_risk("30d") == 10


def test_observations_count_at_once(now, observe):
    observe("vrbo", "0.1")
    assert at_risk() == 250
    observe("vrbo", "0.2")
    assert at_risk() == 500
    delete_observations(IntegrationHealth.objects.values_list("pk", flat=True), now=now)
    assert at_risk() == 0


def test_events_through_the_api_count_at_once(now, ingest_api):
    for total in (1, 2, 3):
        body = {"eventType": FEES, "severity": "low", "message": "x", "occurredAt": NOW.isoformat()}
        body["metadata"] = {"lossAmount": 1}
        assert ingest_api.post("/api/v1/integrations/health/vrbo/events", body).status_code == 201
        assert at_risk() == total


def test_a_new_configuration_counts_at_once(record, configure):
    record("vrbo", FEES)
    assert at_risk() == Decimal("12.50")
    configure("revenue: {avg_booking_value: 500}")
    assert at_risk() == Decimal("25.00")


def test_integrations_that_are_renamed_or_switched_off_count_at_once(record):
    record("vrbo", FEES, lossAmount=10)
    assert at_risk() == 10
    Integration.objects.filter(slug="vrbo").update(name="Vrbo and HomeAway")
    assert impact_of(parse_period("30d", NOW)).names["vrbo"] == "Vrbo and HomeAway"
    Integration.objects.filter(slug="vrbo").update(is_active=False)
    assert at_risk() == 0


def test_a_year_has_the_same_sums_after_the_clean_up(record):
    for days_ago in (1, 89, 95, 200, 364):
        record("vrbo", FEES, days_ago=days_ago, affectedBookings=3)
        record("airbnb", LOSS, days_ago=days_ago, lossAmount=7.25)
    before = impact_of(parse_period("1y", NOW))
    assert purge(now=NOW).events == 6
    with time_machine.travel(NOW + timedelta(minutes=2)):
        after = impact_of(parse_period("1y", NOW))
    assert after.breakdown == before.breakdown
    assert after.at_risk == before.at_risk
    assert after.series == before.series


def test_a_late_event_for_a_purged_day_is_added(record):
    record("vrbo", FEES, days_ago=100, lossAmount=1)
    purge(now=NOW)
    record("vrbo", FEES, days_ago=100, lossAmount=2)
    assert at_risk("1y") == 3


def test_a_result_is_kept_while_nothing_is_written(record, django_assert_num_queries):
    record("vrbo", FEES, lossAmount=1)
    at_risk()
    with django_assert_num_queries(2):  # revision, fingerprint
        assert at_risk() == 1


def test_it_reads_the_daily_sums_only(record):
    record("vrbo", FEES, lossAmount=1)
    IntegrationEvent.objects.all().delete()
    assert at_risk() == 1
    IntegrationDay.objects.all().delete()
    assert at_risk() == 0


def test_revenue_at_risk_by_integration_covers_every_active_one(record):
    record("vrbo", FEES, lossAmount=1)
    found = at_risk_by_integration(parse_period("30d", NOW))
    assert found == {"booking-com": 0, "airbnb": 0, "vrbo": 1, "hmbn": 0}
