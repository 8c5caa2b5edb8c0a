"""Several collectors of one integration: each reads its part, and none wipes out or hides what another one said."""

from decimal import Decimal

import pytest
from auditlog.models import LogEntry
from django.urls import reverse

from integrations import collectors
from integrations.models import Collector, IntegrationHealth
from qa_observability.spoken import SpokenError
from tests.conftest import NOW
from tests.integrations.factories import DAY, MINUTE
from tests.integrations.test_collectors import _settings, a_collector, newest  # noqa: F401  applies to all tests here

pytestmark = pytest.mark.django_db


@pytest.fixture
def rates(endpoint):
    return a_collector(endpoint, name="Rates", pricing_path="pricing", error_rate_path="failed")


@pytest.fixture
def fees(endpoint):
    return a_collector(endpoint, name="Fees", fees_path="fees", booking_loss_rate_path="lost")


def shown():
    row = newest()
    return row.status, row.pricing_sync_status, row.fees_sync_status, row.error_rate, row.booking_loss_rate


def ask(row, at):
    row.refresh_from_db()
    return collectors.poll(row, now=at)


def fail(server, row, at):
    server.says({}, 500)
    with pytest.raises(SpokenError):
        ask(row, at)


def api(client):
    return client.get("/api/v1/integrations/health/airbnb").json()


def test_what_only_one_of_them_reads_stays_when_the_other_one_speaks(endpoint, rates, fees):
    endpoint.says({"pricing": "ok", "failed": 0.01, "fees": "error", "lost": 0.0})
    ask(fees, NOW)
    assert shown() == ("critical", None, "error", None, Decimal(0))
    ask(rates, NOW + MINUTE)
    assert shown() == ("critical", "ok", "error", Decimal("0.01"), Decimal(0))
    endpoint.says({"pricing": "ok", "failed": 0.01, "fees": "ok", "lost": 0.0})
    ask(fees, NOW + 2 * MINUTE)
    assert shown() == ("healthy", "ok", "ok", Decimal("0.01"), Decimal(0))


def test_of_one_and_the_same_moment_nothing_is_lost(endpoint, rates, fees):
    endpoint.says({"pricing": "degraded", "failed": 0.01, "fees": "error", "lost": 0.0})
    ask(rates, NOW)
    ask(fees, NOW)
    assert IntegrationHealth.objects.count() == 1
    assert shown() == ("critical", "warning", "error", Decimal("0.01"), Decimal(0))
    assert not LogEntry.objects.exists(), "that is nobody's change"


def test_a_status_that_one_of_them_names_counts_until_it_names_another(endpoint, fees):
    whole = a_collector(endpoint, name="Whole", status_path="status")
    endpoint.says({"status": "down", "fees": "ok", "lost": 0.0})
    ask(whole, NOW)
    ask(fees, NOW + MINUTE)
    assert shown()[0] == "critical"
    endpoint.says({"status": "up", "fees": "ok", "lost": 0.0})
    ask(whole, NOW + 2 * MINUTE)
    assert shown()[0] == "healthy"


def test_what_it_asks_for_and_does_not_know_is_not_filled_in_by_another(endpoint, fees):
    other = a_collector(endpoint, name="Other", fees_path="fees", booking_loss_rate_path="lost")
    endpoint.says({"fees": "error", "lost": 0.5})
    ask(other, NOW)
    endpoint.says({"fees": "ok", "lost": None})
    ask(fees, NOW + MINUTE)
    assert shown() == ("critical", None, "ok", None, None)


def test_the_integration_is_out_of_date_while_either_of_them_fails(endpoint, rates, fees, viewer_api, now):
    endpoint.says({"pricing": "ok", "failed": 0.2, "fees": "ok", "lost": 0.0})
    ask(rates, NOW - 9 * MINUTE)
    ask(fees, NOW - 8 * MINUTE)
    assert not api(viewer_api)["stale"]
    fail(endpoint, rates, NOW - 4 * MINUTE)
    endpoint.says({"fees": "ok", "lost": 0.0})
    ask(fees, NOW)
    answer = api(viewer_api)
    assert (answer["stale"], answer["status"]) == (True, "critical")
    assert answer["staleReason"].startswith("Collector Rates fails since 2026-03-18 14:01 UTC")
    # Its last rate would enter the mean of the day for as long as it fails.
    assert shown() == ("critical", "ok", "ok", None, Decimal(0))
    endpoint.says({"pricing": "ok", "failed": 0.0, "fees": "ok", "lost": 0.0})
    ask(rates, NOW)
    answer = api(viewer_api)
    assert (answer["stale"], answer["status"]) == (False, "healthy")


@pytest.mark.parametrize("change", [{"is_active": False}, {"succeeded_at": NOW - 2 * DAY}])
def test_one_that_is_switched_off_or_was_not_heard_for_long_says_nothing(endpoint, rates, fees, change):
    endpoint.says({"pricing": "error", "failed": 0.2, "fees": "ok", "lost": 0.0})
    ask(rates, NOW)
    Collector.objects.filter(pk=rates.pk).update(**change)
    ask(fees, NOW + MINUTE)
    assert shown() == ("healthy", None, "ok", None, Decimal(0))


def test_a_try_shows_what_would_be_stored_together(endpoint, rates, fees, as_lead, now):
    endpoint.says({"pricing": "error", "failed": 0.2, "fees": "ok", "lost": 0.0})
    ask(rates, NOW - MINUTE)
    page = as_lead.post(reverse("admin:integrations_collector_try", args=[fees.pk])).content.decode()
    assert "Together with what Rates said last" in page
    assert "20.00 %" in page
    assert IntegrationHealth.objects.count() == 1
