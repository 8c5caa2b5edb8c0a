"""/metrics: the figures of health, revenue, correlation and background work, as Prometheus reads them."""

import re
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.test import Client
from django_q.tasks import async_task

from correlation.alerts import sync_alerts
from correlation.models import Incident, TestCase
from correlation.services import record_executions
from integrations.jobs import run_job
from integrations.models import Integration, IntegrationEvent
from integrations.retention import purge
from integrations.services import record_events, record_observations
from qa_observability.periods import parse_period
from revenue.services import impact_of
from tests.conftest import NOW
from tests.correlation.factories import a_correlation, an_execution
from tests.integrations.factories import DAY, HOUR, MINUTE, an_event, an_observation
from tests.project.seen_metrics import TOKEN, Seen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def scrape(settings, client: Client):
    settings.METRICS_TOKEN = TOKEN

    def ask() -> Seen:
        cache.clear()
        response = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert response.status_code == 200, response.content
        return Seen(response.content.decode())

    return ask


def test_the_status_of_an_integration_is_one_of_four(scrape):
    record_observations([an_observation(error_rate=Decimal("0.031"))], now=NOW)
    seen = scrape()
    statuses = ("unknown", "healthy", "warning", "critical")
    assert [seen("integration_health_status", integration="vrbo", status=name) for name in statuses] == [0, 0, 1, 0]
    assert [seen("integration_health_status", integration="airbnb", status=name) for name in statuses] == [1, 0, 0, 0]


def test_rates_are_ratios_and_missing_where_nobody_measured(scrape):
    observed = an_observation(error_rate=Decimal("0.031"), booking_loss_rate=None)
    record_observations([observed], now=NOW)
    seen = scrape()
    assert seen("integration_error_ratio", integration="vrbo") == 0.031
    assert seen("integration_booking_loss_ratio", integration="vrbo") is None
    assert seen("integration_error_ratio", integration="airbnb") is None
    assert seen("integration_last_checked_timestamp_seconds", integration="vrbo") == (NOW - 10 * MINUTE).timestamp()


def test_an_integration_that_nobody_looks_at_is_out_of_date(scrape):
    old, fresh = an_observation(last_checked=NOW - 25 * HOUR), an_observation(integration_id="airbnb")
    record_observations([old, fresh], now=NOW)
    seen = scrape()
    stale = {name: seen("integration_stale", integration=name) for name in ("vrbo", "airbnb", "hmbn")}
    assert stale == {"vrbo": 1, "airbnb": 0, "hmbn": 1}


def test_an_inactive_integration_has_no_figures(scrape):
    record_observations([an_observation()], now=NOW)
    record_events([an_event()], now=NOW)
    Integration.objects.filter(slug="vrbo").update(is_active=False)
    assert 'integration="vrbo"' not in scrape().text


def test_the_number_of_events_does_not_fall_when_old_ones_are_purged(scrape):
    record_events([an_event(occurred_at=NOW - 100 * DAY), an_event()], now=NOW)
    before = scrape()("integration_events_recorded", integration="vrbo", event_type="fee_sync_error")
    purge(now=NOW)
    assert IntegrationEvent.objects.count() == 1
    after = scrape()("integration_events_recorded", integration="vrbo", event_type="fee_sync_error")
    assert before == after == 2


def test_events_of_the_last_hour_are_counted_by_severity(scrape):
    moments = [NOW, NOW - 59 * MINUTE, NOW - 61 * MINUTE]
    record_events([an_event(occurred_at=moment) for moment in moments], now=NOW)
    seen = scrape()
    labels = {"integration": "vrbo", "event_type": "fee_sync_error"}
    assert seen("integration_events_last_hour", **labels, severity="high") == 2
    assert seen("integration_events_last_hour", **labels, severity="low") == 0


def test_revenue_is_that_of_the_revenue_page(scrape):
    record_events([an_event(event_type="booking_loss", metadata={"lossAmount": 120.5})], now=NOW)
    seen = scrape()
    impact = impact_of(parse_period("30d", NOW))
    figures = {row.integration_id: row for row in impact.outcome.integrations}
    for name, column in (("at_risk", "at_risk"), ("protected", "protected"), ("benchmark_leakage", "benchmark")):
        figure = seen(f"revenue_{name}", integration="vrbo", currency="USD")
        assert figure == float(getattr(figures["vrbo"], column))
    assert seen("revenue_at_risk", integration="vrbo", currency="USD") == 120.5
    assert seen("revenue_configuration_readable") == 1


def test_a_revenue_configuration_that_cannot_be_read_hides_no_other_figure(scrape, settings, lead):
    from revenue import revisions
    from revenue.config import RevenueConfig
    from tests.revenue.conftest import KEY, OTHER_KEY

    settings.REVENUE_CONFIG_KEYS = [KEY]
    revisions.save(RevenueConfig(), author=lead, comment="", expected=None)
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY]
    seen = scrape()
    assert seen("revenue_configuration_readable") == 0
    assert "qaobs_revenue_at_risk" not in seen.names
    assert seen("integration_stale", integration="vrbo") == 1


def test_correlations_alerts_and_incidents_are_counted_by_kind(scrape):
    a_correlation()
    Incident.objects.create(integration_id="airbnb", onset_at=NOW - DAY, ended_at=NOW - DAY + HOUR, events=20)
    Incident.objects.create(integration_id="airbnb", onset_at=NOW - 40 * DAY, ended_at=NOW - 40 * DAY, events=20)
    record_executions([an_execution()], now=NOW)
    sync_alerts(now=NOW)
    seen = scrape()
    assert [seen("correlations", type=kind) for kind in ("high", "medium", "low")] == [1, 0, 0]
    assert [seen("alerts_open", severity=name) for name in ("critical", "warning", "info")] == [1, 0, 0]
    assert (seen("incidents", integration="airbnb"), seen("incidents", integration="vrbo")) == (1, 0)


def test_jobs_tell_when_they_last_went_well_and_whether_the_newest_run_failed(scrape):
    def fail() -> int:
        raise ValueError("no route to host")

    run_job("steady", lambda: 3, now=NOW - HOUR)
    with pytest.raises(ValueError, match="no route"):
        run_job("broken", fail, now=NOW - HOUR)
    seen = scrape()
    assert seen("job_last_success_timestamp_seconds", name="steady") == NOW.timestamp()
    assert (seen("job_failing", name="steady"), seen("job_failing", name="broken")) == (0, 1)
    assert seen("job_last_success_timestamp_seconds", name="broken") is None
    assert "no route" not in seen.text


def test_the_jobs_of_single_spreadsheets_make_no_labels(scrape):
    run_job("import 5f0c", lambda: 3, now=NOW)
    assert "5f0c" not in scrape().text


def test_tasks_that_wait_are_counted(scrape):
    assert scrape()("queue_tasks") == 0
    async_task("math.sqrt", 4)
    assert scrape()("queue_tasks") == 1


def test_queries_do_not_grow_with_the_data(scrape, django_assert_max_num_queries, django_assert_num_queries):
    with django_assert_max_num_queries(26) as few:
        scrape()
    for number in range(20):
        Integration.objects.create(slug=f"channel-{number}", name=f"Channel {number}")
        record_observations([an_observation(integration_id=f"channel-{number}")], now=NOW)
        record_events([an_event(integration_id=f"channel-{number}")], now=NOW)
        case = TestCase.objects.create(id=f"case-{number}", name="Case")
        a_correlation(test_case=case, integration_id=f"channel-{number}")
    with django_assert_num_queries(len(few)):
        scrape()


def test_what_was_read_is_kept_for_a_few_seconds(scrape, client, django_assert_num_queries):
    scrape()
    with django_assert_num_queries(0):
        response = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert Seen(response.content.decode())("collected_timestamp_seconds") == NOW.timestamp()


def test_no_label_holds_what_is_without_number(scrape):
    a_correlation()
    record_executions([an_execution(test_case_id="secret-case", run_id="run-77")], now=NOW)
    record_events([an_event(external_id="ext-1", metadata={"listingId": "LST-204"})], now=NOW)
    text = scrape().text
    assert not [word for word in ("secret-case", "run-77", "flow", "ext-1", "LST-204") if word in text]


def test_names_follow_prometheus_conventions(scrape):
    record_observations([an_observation()], now=NOW)
    for name in scrape().names:
        assert re.fullmatch(r"(qaobs|process)_[a-z0-9_]+", name), name
    response = scrape().text
    assert response.endswith("\n")
    helped = set(re.findall(r"^# HELP (\S+) \S", response, re.MULTILINE))
    assert helped == set(re.findall(r"^# TYPE (\S+) (?:gauge|counter|histogram)$", response, re.MULTILINE))


def test_a_module_that_is_off_has_no_figures(scrape, settings):
    settings.FEATURES = ["revenue_impact"]
    names = scrape().names
    assert not [name for name in names if name.startswith(("qaobs_integration_", "qaobs_correlation", "qaobs_alert"))]
    assert {"qaobs_revenue_at_risk", "qaobs_queue_tasks"} <= names
    settings.FEATURES = ["integration_health", "correlation"]
    names = scrape().names
    assert not [name for name in names if name.startswith("qaobs_revenue")]
    assert "qaobs_integration_stale" in names


def test_requests_are_counted_by_route_and_never_by_address(scrape, as_viewer):
    before = scrape()("http_requests_total", method="GET", route="none", status="404") or 0
    for number in range(3):
        as_viewer.get(f"/no-such-page-{number}")
    as_viewer.get("/dashboard/integrations/vrbo/?period=7d")
    seen = scrape()
    assert seen("http_requests_total", method="GET", route="none", status="404") == before + 3
    route = "/dashboard/integrations/<slug:slug>/"
    assert seen("http_requests_total", method="GET", route=route, status="200")
    assert seen("http_request_duration_seconds_count", method="GET", route=route)
    assert "no-such-page" not in seen.text


def test_routes_read_like_the_addresses_in_the_documents(scrape, viewer_api):
    viewer_api.get("/api/v1/integrations/health/vrbo/events")
    route = "/api/v1/integrations/health/<integration_id>/events"
    assert scrape()("http_requests_total", method="GET", route=route, status="200")
