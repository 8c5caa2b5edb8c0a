"""Collectors: what endpoints say becomes observations; one that does not answer makes its integration out of date."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from integrations import collectors, tasks
from integrations.models import Collector, IntegrationEvent, IntegrationHealth, JobRun, JobStanding
from qa_observability.spoken import SpokenError
from tests.conftest import NOW
from tests.integrations.factories import MINUTE
from tests.standins import pms
from tests.standins.server import serving

pytestmark = pytest.mark.django_db
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


@pytest.fixture(autouse=True)
def _settings(settings) -> None:
    settings.REVENUE_CONFIG_KEYS = [KEY]
    settings.OUTGOING_ALLOW = ["127.0.0.1"]


def a_collector(server, headers=None, **fields):
    row = Collector(**{"name": "Airbnb health", "integration_id": "airbnb", "url": server.url("/health")} | fields)
    collectors.set_headers(row, headers or {})
    row.save(force_insert=True)
    Collector.objects.update(created_at=NOW)
    row.refresh_from_db()
    return row


def newest():
    return IntegrationHealth.objects.order_by("-last_checked").first()


def failure(row, at=NOW):
    with pytest.raises(SpokenError) as caught:
        collectors.poll(row, now=at)
    row.refresh_from_db()
    return str(caught.value)


def test_what_a_pms_says_is_stored_with_its_events(now):
    with serving(lambda exchange: pms.answer(exchange, sick=True)) as server:
        row = a_collector(
            server,
            {"X-API-Key": pms.KEY},
            pricing_path="pricing_sync.state",
            fees_path="fees_sync.state",
            error_rate_path="pricing_sync.failed / pricing_sync.total",
            booking_loss_rate_path="bookings.lost / bookings.received",
            checked_at_path="checked_at",
            events_path="events",
        )
        assert collectors.poll_due(now=NOW) == 2
        assert collectors.poll_due(now=NOW) == 0
    seen = IntegrationHealth.objects.get(source="collector")
    assert (seen.integration_id, seen.status, seen.pricing_sync_status, seen.fees_sync_status) == (
        "airbnb", "critical", "warning", "ok",
    )  # fmt: skip
    assert (seen.error_rate, seen.booking_loss_rate) == (Decimal("0.07"), Decimal("0.0167"))
    event = IntegrationEvent.objects.get()
    assert (event.source, event.external_id) == ("collector", "collector:push-202603181405")
    row.refresh_from_db()
    assert (row.succeeded_at, row.failing_since, row.error) == (NOW, None, "")
    assert JobRun.objects.get().name == "Collector: Airbnb health"


@pytest.mark.parametrize(("sick", "status"), [(False, "healthy"), (True, "critical")])
@pytest.mark.parametrize("path", ["/actuator/health", "/health+json"])
def test_spring_and_health_json_are_understood_without_paths_also_under_503(path, sick, status):
    with serving(lambda exchange: pms.answer(exchange, sick=sick)) as server:
        collectors.poll(a_collector(server, {"X-API-Key": pms.KEY}, url=server.url(path)), now=NOW)
    assert newest().status == status


@pytest.mark.parametrize(
    ("document", "status", "told"),
    [
        ({"error": "unauthorized"}, 401, "127.0.0.1 answered 401 (the credentials are missing or wrong)."),
        ({}, 403, "127.0.0.1 answered 403 (not allowed with these credentials)."),
        ({}, 404, "127.0.0.1 answered 404 (there is nothing at this address)."),
        ({"status": "DOWN"}, 500, "127.0.0.1 answered 500."),
        ({"message": "maintenance"}, 503, "127.0.0.1 answered 503 (not available at the moment)."),
        ({"status": "UP"}, 503, "127.0.0.1 answered 503 (not available at the moment)."),
        (b"<html>login</html>", 200, "127.0.0.1 did not answer in JSON."),
        (b"", 200, "127.0.0.1 answered with nothing."),
        ({"state": "UP"}, 200, "The answer has no status."),
        ({"status": "UNKNOWN"}, 200, "In the answer, status says “UNKNOWN”, which stands for no status."),
        ({"status": "\x00\ud800"}, 200, "In the answer, status says “??”, which stands for no status."),
        ([], 200, "The answer has no status."),
        (b'{"status": "' + b"x" * 1_000_000 + b'"}', 200, "127.0.0.1 answered with more than 1,000,000 bytes."),
    ],
)
def test_an_answer_that_says_nothing_usable_stores_nothing_and_says_why(endpoint, document, status, told):
    endpoint.says(document, status)
    row = a_collector(endpoint)
    assert failure(row) == told
    assert (row.error, row.failing_since, row.failures) == (told, NOW, 1)
    assert not IntegrationHealth.objects.exists()


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"at": "2030-01-01T00:00:00Z"}, "Row 1 of the answer cannot be stored: checked at: Lies in the future."),
        ({"e": [{"eventType": "x", "severity": "low", "message": "m", "occurredAt": "2026-03-18T14:00:00Z"}]},
         "Row 1 of the answer cannot be stored: eventType: 'x' is not one of"),
        ({"e": [{"eventType": "fee_sync_error", "severity": "low", "message": "\x00", "time": "2026-03-18T14:00Z"}]},
         "Row 1 of the answer cannot be stored: message: Holds characters that cannot be stored."),
    ],
)  # fmt: skip
def test_an_answer_that_breaks_a_rule_is_stored_neither_whole_nor_half(endpoint, document, told):
    endpoint.says({"status": "up", "at": "2026-03-18T14:00:00Z", "e": []} | document)
    row = a_collector(endpoint, status_path="status", checked_at_path="at", events_path="e")
    assert failure(row).startswith(told)
    assert not IntegrationHealth.objects.exists()
    assert not IntegrationEvent.objects.exists()


def test_an_inner_address_is_refused_unless_it_is_allowed(endpoint, settings):
    settings.OUTGOING_ALLOW = []
    assert "OUTGOING_ALLOW" in failure(a_collector(endpoint))
    assert endpoint.seen == []


def test_failures_back_off_with_jitter_and_the_next_success_ends_them(endpoint):
    row = a_collector(endpoint, interval=1)
    waits, at = [], NOW
    for _ in range(6):
        failure(row, at=at)
        waits.append(row.next_run_at - at)
        at = row.next_run_at
    for wait, minutes in zip(waits, [1, 2, 4, 5, 5, 5], strict=True):
        assert minutes * MINUTE <= wait <= 1.1 * minutes * MINUTE
    assert (row.failing_since, row.failures) == (NOW, 6)
    endpoint.says({"status": "up"})
    collectors.poll(row, now=at)
    row.refresh_from_db()
    assert (row.failing_since, row.failures, row.error, row.succeeded_at) == (None, 0, "", at)


@pytest.mark.parametrize(
    ("after", "seconds"), [("1800", 1800), ("Wed, 18 Mar 2026 15:05:00 GMT", 3600), ("9" * 9, 86400)]
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_server_says_when_to_come_back(endpoint, now, status, after, seconds):
    endpoint.says({}, status, Retry_After=after)
    row = a_collector(endpoint, interval=1)
    failure(row)
    assert timedelta(seconds=seconds) <= row.next_run_at - NOW <= 1.1 * timedelta(seconds=seconds)


def test_only_what_is_due_is_asked_and_each_keeps_its_interval(endpoint, now):
    endpoint.says({"status": "up"})
    every_minute = a_collector(endpoint, interval=1)
    a_collector(endpoint, name="Slow", interval=60)
    a_collector(endpoint, name="Off", is_active=False)
    a_collector(endpoint, name="Of an inactive integration", integration_id="google")
    assert tasks.poll_collectors() == 1  # the same moment of the same integration: one row
    assert len(endpoint.seen) == 2
    every_minute.refresh_from_db()
    assert every_minute.next_run_at == NOW + MINUTE
    # The tick comes a moment early, which must not make two minutes of one.
    assert collectors.poll_due(now=NOW + MINUTE - timedelta(seconds=5)) == 0
    assert len(endpoint.seen) == 3


def test_one_that_fails_does_not_keep_the_others_from_being_asked(endpoint, now):
    def handle(exchange):
        exchange.answer(200 if exchange.path == "/health" else 500, b'{"status": "up"}')

    endpoint.handle_exchange = handle
    a_collector(endpoint, name="A", url=endpoint.url("/broken"))
    a_collector(endpoint, name="B", integration_id="vrbo")
    assert collectors.poll_due(now=NOW) == 1
    assert {job.name: job.state for job in JobStanding.objects.all()} == {
        "Collector: A": "failed",
        "Collector: B": "succeeded",
    }


def test_old_news_is_warned_about(endpoint, now):
    endpoint.says({"status": "up", "at": "2026-03-18T13:30:00Z"})
    row = a_collector(endpoint, status_path="status", checked_at_path="at")
    collectors.poll(row, now=NOW)
    row.refresh_from_db()
    assert row.warning == "What it reports is 35 minutes old."
    assert newest().last_checked == NOW - 35 * MINUTE
    endpoint.says({"status": "up", "at": "2026-03-18T14:00:00Z"})
    collectors.poll(row, now=NOW)
    row.refresh_from_db()
    assert row.warning == ""


def test_headers_are_encrypted_and_in_no_error(endpoint, settings, now):
    row = a_collector(endpoint, {"Authorization": "Bearer s3cret-token"})
    assert b"s3cret" not in bytes(row.headers)
    assert "s3cret" not in failure(row)
    assert endpoint.seen[0].headers["Authorization"] == "Bearer s3cret-token"
    settings.REVENUE_CONFIG_KEYS = ["ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="]
    assert failure(row).startswith("No key in REVENUE_CONFIG_KEYS opens what is stored")


def test_the_test_of_the_connection_asks_all_and_stores_nothing(endpoint, as_lead, now):
    a_collector(endpoint, name="A")
    a_collector(endpoint, name="B", interval=7)
    endpoint.says({"status": "up"})
    test = reverse("admin:connection_test", args=["collectors"])
    assert "Collectors: 2 answered as they should." in as_lead.post(test, follow=True).content.decode()
    endpoint.says({}, 404)
    page = as_lead.post(test, follow=True).content.decode()
    assert "2 of 2 gave no usable answer. A: 127.0.0.1 answered 404" in page
    assert not IntegrationHealth.objects.exists()
    assert Collector.objects.get(name="A").timeout == 10
